-- One row per customer, with the person behind it where there is one.
select
    customers.CustomerID as customer_id,
    customers.PersonID as person_id,
    customers.StoreID as store_id,
    customers.TerritoryID as territory_id,
    customers.AccountNumber as account_number,
    persons.BusinessEntityID as matched_person_id,
    persons.PersonType as person_type,
    persons.FirstName as first_name,
    persons.MiddleName as middle_name,
    persons.LastName as last_name,
    persons.EmailPromotion as email_promotion,
    customers.ModifiedDate as modified_date
from {{ source('sales', 'customer') }} as customers
left join {{ source('person', 'person') }} as persons
    on customers.PersonID = persons.BusinessEntityID
