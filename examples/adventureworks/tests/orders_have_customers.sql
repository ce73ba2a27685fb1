{{ config(tags=['critical']) }}
-- Every accepted order belongs to a customer of the silver layer.
select orders.sales_order_id, orders.customer_id
from {{ ref('slvr_sales_orders') }} as orders
left join {{ ref('slvr_customers') }} as customers
    on orders.customer_id = customers.customer_id
where customers.customer_id is null
