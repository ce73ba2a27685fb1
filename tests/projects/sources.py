"""Projects whose sources are not tables that somebody else fills."""

from __future__ import annotations

from tests.projects.walk import PROJECT, Kind, model

JAFFLE = Kind(
    peculiarities=(
        "sources that are the project's own seeds",
        "sources that are the project's own models",
        "tests on such sources, unit tests and Python models that read them",
        "a source of a package that is the project's seed",
    ),
    files={
        "dbt_project.yml": PROJECT + "seeds: {shop: {+schema: raw}}\n",
        "packages.yml": "packages: [{local: packages/counting}]\n",
        "packages/counting/dbt_project.yml": "name: counting\nversion: '1.0'\n",
        "packages/counting/models/sources.yml": "sources:\n"
        "  - {name: counted, schema: RAW, tables: [{name: things, identifier: Raw_Orders}]}\n",
        "packages/counting/models/counts.sql": model(
            "select count(*) as things from {{ source('counted', 'things') }}", schema="gold"
        ),
        "macros/generate_schema_name.sql": """\
{% macro generate_schema_name(custom_schema_name, node) %}
    {%- set default_schema = target.schema -%}
    {%- if node.resource_type == 'seed' -%} {{ custom_schema_name | trim }}
    {%- elif custom_schema_name is none -%} {{ default_schema }}
    {%- else -%} {{ custom_schema_name | trim }}
    {%- endif -%}
{% endmacro %}
""",
        "seeds/raw_orders.csv": "id,customer\n1,7\n2,8\n",
        "seeds/raw_customers.csv": "id,name\n7,ada\n8,bob\n",
        "models/sources.yml": """\
sources:
  - name: ecom
    schema: raw
    tables:
      - {name: raw_orders, columns: [{name: id, data_tests: [unique]}]}
      - name: customers
        identifier: raw_customers
  - name: staged
    database: shop
    schema: main
    tables: [{name: stg_customers}]
unit_tests:
  - name: every_order
    model: stg_orders
    given: [{input: "source('ecom', 'raw_orders')", rows: [{id: 5, customer: 6}]}]
    expect: {rows: [{id: 5, customer: 6}]}
""",
        "models/stg_orders.sql": model("select * from {{ source('ecom', 'raw_orders') }}"),
        "models/stg_customers.sql": model(
            "select id, name from {{ source('ecom', 'customers') }}", materialized="table"
        ),
        "models/shouted.py": """\
def model(dbt, session):
    dbt.config(materialized="table")
    return dbt.source("ecom", "customers").project("id, upper(name) as name")
""",
        "models/orders.sql": model(
            "select orders.id, customers.name from {{ ref('stg_orders') }} as orders"
            " join {{ source('staged', 'stg_customers') }} as customers"
            " on customers.id = orders.customer",
            schema="gold",
            materialized="table",
        ),
    },
    first={
        "raw.raw_orders": [(1, 7), (2, 8)],
        "raw.raw_customers": [(7, "ada"), (8, "bob")],
        "main.stg_orders": [(1, 7), (2, 8)],
        "main.stg_customers": [(7, "ada"), (8, "bob")],
        "main.shouted": [(7, "ADA"), (8, "BOB")],
        "gold.orders": [(1, "ada"), (2, "bob")],
        "gold.counts": [(2,)],
    },
    # One seed is new, and so is the model that reads the other.
    change={
        "seeds/raw_orders.csv": "id,customer\n1,7\n2,8\n3,7\n",
        "models/stg_customers.sql": model(
            "select id, name || '!' as name from {{ source('ecom', 'customers') }}",
            materialized="table",
        ),
    },
    second={
        "raw.raw_orders": [(1, 7), (2, 8), (3, 7)],
        "raw.raw_customers": [(7, "ada"), (8, "bob")],
        "main.stg_orders": [(1, 7), (2, 8), (3, 7)],
        "main.stg_customers": [(7, "ada!"), (8, "bob!")],
        "main.shouted": [(7, "ADA"), (8, "BOB")],
        "gold.orders": [(1, "ada!"), (2, "bob!"), (3, "ada!")],
        "gold.counts": [(3,)],
    },
    rebuilt={
        "seed.raw_orders",
        "model.stg_orders",
        "model.stg_customers",
        "model.orders",
        "model.counts",
    },
)
