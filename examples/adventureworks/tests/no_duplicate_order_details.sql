{{ config(tags=['critical']) }}
-- An order line is accepted once: a join that fans out shows here first.
select sales_order_id, sales_order_detail_id, count(*) as row_count
from {{ ref('slvr_sales_orders') }}
group by sales_order_id, sales_order_detail_id
having count(*) > 1
