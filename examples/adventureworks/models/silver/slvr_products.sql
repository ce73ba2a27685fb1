-- One row per product. Parts that are not sold have no category of their own.
select
    product_id,
    product_number,
    product_name,
    coalesce(color, 'none') as color,
    coalesce(category_name, 'Not for sale') as category_name,
    coalesce(subcategory_name, 'Not for sale') as subcategory_name,
    cast(standard_cost as decimal(19, 4)) as standard_cost,
    cast(list_price as decimal(19, 4)) as list_price,
    is_finished_good,
    cast(sell_start_date as date) as sell_start_date,
    cast(sell_end_date as date) as sell_end_date,
    modified_date
from {{ ref('brnz_products') }}
