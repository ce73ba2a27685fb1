-- One row per customer, with a readable name and the address made from it.
select
    customer_id,
    person_id,
    store_id,
    territory_id,
    account_number,
    case
        when person_id is null then 'store'
        when store_id is null then 'individual'
        else 'store contact'
    end as customer_type,
    case when matched_person_id is null then 0 else 1 end as has_person,
    first_name,
    last_name,
    case
        when matched_person_id is null then null
        else {{ dbt.concat(['first_name', "' '", 'last_name']) }}
    end as full_name,
    {{ email_address('first_name', 'matched_person_id') }} as email,
    modified_date
from {{ ref('brnz_customers') }}
