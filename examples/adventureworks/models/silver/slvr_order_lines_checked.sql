{{ config(materialized='view') }}
-- Every order line with the first reason to reject it, or null. A model of its own, so that
-- slvr_sales_orders and slvr_quarantined_order_lines can never disagree.
select
    order_lines.*,
    case
        when order_lines.header_sales_order_id is null then 'order header is missing'
        when customers.customer_id is null then 'customer is missing'
        when products.product_id is null then 'product is missing'
        when order_lines.order_quantity <= 0 then 'quantity is not positive'
        when order_lines.unit_price < 0 then 'unit price is negative'
    end as reject_reason
from {{ ref('brnz_sales_orders') }} as order_lines
left join {{ ref('brnz_customers') }} as customers
    on order_lines.customer_id = customers.customer_id
left join {{ ref('brnz_products') }} as products
    on order_lines.product_id = products.product_id
