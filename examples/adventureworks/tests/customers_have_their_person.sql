{{ config(severity='warn') }}
-- A customer that names a person the source does not have stays, without name and e-mail.
select customer_id, person_id
from {{ ref('slvr_customers') }}
where person_id is not null and has_person = 0
