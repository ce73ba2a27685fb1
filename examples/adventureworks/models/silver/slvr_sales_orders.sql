-- The accepted order lines, typed, with the territory's name.
with accepted_lines as (
    select *
    from {{ ref('slvr_order_lines_checked') }}
    where reject_reason is null
)

select
    accepted_lines.sales_order_id,
    accepted_lines.sales_order_detail_id,
    accepted_lines.customer_id,
    accepted_lines.product_id,
    accepted_lines.territory_id,
    territories.territory_name,
    territories.region_group,
    case when accepted_lines.is_online_order = 1 then 'online' else 'reseller' end
        as sales_channel,
    cast(accepted_lines.order_date as date) as order_date,
    cast(accepted_lines.due_date as date) as due_date,
    cast(accepted_lines.ship_date as date) as ship_date,
    cast(accepted_lines.order_quantity as integer) as order_quantity,
    cast(accepted_lines.unit_price as decimal(19, 4)) as unit_price,
    cast(accepted_lines.unit_price_discount as decimal(19, 4)) as unit_price_discount,
    cast(accepted_lines.line_total as decimal(19, 4)) as line_total,
    accepted_lines.modified_date
from accepted_lines
left join {{ ref('territory_regions') }} as territories
    on accepted_lines.territory_id = territories.territory_id
