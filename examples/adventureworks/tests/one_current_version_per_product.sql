-- The history holds exactly one open version of a product.
select product_id, count(*) as open_versions
from {{ ref('snap_products') }}
where dbt_valid_to is null
group by product_id
having count(*) > 1
