{{ config(severity='warn') }}
-- Rejected lines are a fault of the source: worth a look, no reason to stop.
select sales_order_id, sales_order_detail_id, reject_reason
from {{ ref('slvr_quarantined_order_lines') }}
