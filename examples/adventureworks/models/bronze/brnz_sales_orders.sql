-- One row per order line. The join starts from the lines, so that a line whose order is
-- missing stays visible here; silver decides what becomes of it.
select
    details.SalesOrderID as sales_order_id,
    details.SalesOrderDetailID as sales_order_detail_id,
    headers.SalesOrderID as header_sales_order_id,
    headers.CustomerID as customer_id,
    headers.TerritoryID as territory_id,
    headers.OrderDate as order_date,
    headers.DueDate as due_date,
    headers.ShipDate as ship_date,
    headers.Status as order_status,
    {{ flag_to_int('headers.OnlineOrderFlag') }} as is_online_order,
    headers.SubTotal as order_subtotal,
    headers.TotalDue as order_total_due,
    details.ProductID as product_id,
    details.OrderQty as order_quantity,
    details.UnitPrice as unit_price,
    details.UnitPriceDiscount as unit_price_discount,
    details.LineTotal as line_total,
    details.ModifiedDate as modified_date
from {{ source('sales', 'salesorderdetail') }} as details
left join {{ source('sales', 'salesorderheader') }} as headers
    on details.SalesOrderID = headers.SalesOrderID
