-- The order lines that cannot be used, each with the reason. Empty when the source is sound.
select
    sales_order_id,
    sales_order_detail_id,
    product_id,
    order_quantity,
    unit_price,
    reject_reason,
    modified_date
from {{ ref('slvr_order_lines_checked') }}
where reject_reason is not null
