-- One row per customer, customers without an order included.
with customers as (
    select * from {{ ref('slvr_customers') }}
),

order_totals as (
    select
        customer_id,
        count(distinct sales_order_id) as order_count,
        cast(sum(order_quantity) as bigint) as units_bought,
        cast(sum(line_total) as decimal(19, 4)) as lifetime_revenue,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date
    from {{ ref('slvr_sales_orders') }}
    group by customer_id
)

select
    customers.customer_id,
    customers.customer_type,
    customers.full_name,
    customers.email,
    coalesce(order_totals.order_count, 0) as order_count,
    coalesce(order_totals.units_bought, 0) as units_bought,
    cast(coalesce(order_totals.lifetime_revenue, 0) as decimal(19, 4)) as lifetime_revenue,
    cast(order_totals.lifetime_revenue / order_totals.order_count as decimal(19, 4))
        as average_order_value,
    order_totals.first_order_date,
    order_totals.last_order_date,
    {{ dbt.datediff('order_totals.first_order_date', 'order_totals.last_order_date', 'day') }}
        as days_between_first_and_last_order,
    customers.territory_id
from customers
left join order_totals
    on customers.customer_id = order_totals.customer_id
