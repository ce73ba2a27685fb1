-- Nothing is shipped or due before it is ordered.
select sales_order_id, sales_order_detail_id, order_date, due_date, ship_date
from {{ ref('slvr_sales_orders') }}
where due_date < order_date or ship_date < order_date
