-- One row per product that can be sold or has been sold.
with product_sales as (
    select
        product_id,
        count(distinct sales_order_id) as order_count,
        cast(sum(order_quantity) as bigint) as units_sold,
        cast(sum(line_total) as decimal(19, 4)) as total_revenue
    from {{ ref('slvr_sales_orders') }}
    group by product_id
)

select
    products.product_id,
    products.product_number,
    products.product_name,
    products.category_name,
    products.subcategory_name,
    products.list_price,
    coalesce(product_sales.order_count, 0) as order_count,
    coalesce(product_sales.units_sold, 0) as units_sold,
    cast(coalesce(product_sales.total_revenue, 0) as decimal(19, 4)) as total_revenue,
    cast(
        coalesce(product_sales.total_revenue, 0)
        - coalesce(product_sales.units_sold, 0) * products.standard_cost
        as decimal(19, 4)
    ) as gross_margin
from {{ ref('slvr_products') }} as products
left join product_sales
    on products.product_id = product_sales.product_id
where products.is_finished_good = 1 or product_sales.product_id is not null
