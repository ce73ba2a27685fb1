{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='order_event_id',
) }}
-- One row per thing that happens to an order. A later run reads only orders changed since the
-- newest one here; the newest ones are read again, as more orders may carry the same time.
-- delete+insert is the strategy that DuckDB, PostgreSQL and SQL Server all have.
with changed_orders as (
    select
        SalesOrderID as sales_order_id,
        CustomerID as customer_id,
        OrderDate as order_date,
        DueDate as due_date,
        ShipDate as ship_date,
        ModifiedDate as modified_date
    from {{ source('sales', 'salesorderheader') }}
    {% if is_incremental() -%}
    where ModifiedDate >= (
        select coalesce(max(modified_date), cast('1900-01-01' as {{ dbt.type_timestamp() }}))
        from {{ this }}
    )
    {%- endif %}
),

events as (
    select
        sales_order_id,
        customer_id,
        'ordered' as event_type,
        order_date as event_at,
        modified_date
    from changed_orders
    union all
    select
        sales_order_id,
        customer_id,
        'due' as event_type,
        due_date as event_at,
        modified_date
    from changed_orders
    union all
    select
        sales_order_id,
        customer_id,
        'shipped' as event_type,
        ship_date as event_at,
        modified_date
    from changed_orders
    where ship_date is not null
)

select
    {{ dbt.concat(['cast(sales_order_id as varchar(20))', "'-'", 'event_type']) }}
        as order_event_id,
    sales_order_id,
    customer_id,
    event_type,
    cast(event_at as date) as event_date,
    modified_date
from events
