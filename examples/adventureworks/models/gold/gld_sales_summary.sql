-- Sales per month, territory and channel.
with order_lines as (
    select
        {{ month_start('order_date') }} as order_month,
        territory_id,
        territory_name,
        region_group,
        sales_channel,
        sales_order_id,
        customer_id,
        order_quantity,
        line_total as revenue
    from {{ ref('slvr_sales_orders') }}
),

monthly_sales as (
    select
        order_month,
        territory_id,
        territory_name,
        region_group,
        sales_channel,
        count(distinct sales_order_id) as order_count,
        count(distinct customer_id) as customer_count,
        cast(sum(order_quantity) as bigint) as units_sold,
        cast(sum(revenue) as decimal(19, 4)) as total_revenue
    from order_lines
    group by order_month, territory_id, territory_name, region_group, sales_channel
)

select
    {{ dbt.concat([
        'cast(order_month as varchar(10))', "'-'",
        'cast(territory_id as varchar(10))', "'-'",
        'sales_channel',
    ]) }} as sales_summary_id,
    order_month,
    territory_id,
    territory_name,
    region_group,
    sales_channel,
    order_count,
    customer_count,
    units_sold,
    total_revenue,
    cast(total_revenue / order_count as decimal(19, 4)) as average_order_value
from monthly_sales
