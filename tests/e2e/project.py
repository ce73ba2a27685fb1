"""A small dbt project with one node of each kind, and the source tables that it reads."""

from __future__ import annotations

CONFIG = """\
version: 1
project: pipeline
environments:
  prod: {target: prod, branch: main}
verify:
  queries:
    - {name: sales, sql: "select sum(amount) as amount from gold.sales", max_seconds: 5}
"""

SALES = """\
{{ config(materialized='table', schema='gold') }}
select
    regions.region_name,
    count(*) as orders,
    sum(orders.amount) as amount
from {{ source('raw', 'orders') }} as orders
join {{ ref('regions') }} as regions on regions.region_id = orders.region_id
group by regions.region_name
"""

CHANGED_SALES = SALES.replace("sum(orders.amount)", "sum(2 * orders.amount)")

REGION_NAMES = """\
{{ config(materialized='view', schema='silver') }}
select region_id, upper(region_name) as region_name from {{ ref('regions') }}
"""

ORDER_LOG = """\
{{ config(materialized='incremental', schema='silver', unique_key='order_id') }}
select order_id, region_id, amount from {{ source('raw', 'orders') }}
{% if is_incremental() %}
where order_id > (select max(order_id) from {{ this }})
{% endif %}
"""

FILES = {
    "rewind.yml": CONFIG,
    ".gitignore": "*.duckdb*\n.user.yml\ntarget/\nlogs/\ndbt_packages/\n",
    # Satisfied by whatever runs the tests, so that nothing has to be installed.
    "pipeline/requirements.txt": "dbt-core>=1.9\ndbt-duckdb>=1.9  # the adapter\n",
    "pipeline/dbt_project.yml": """\
name: shop
version: "1.0"
profile: shop
flags:
  send_anonymous_usage_stats: false
models:
  +persist_docs: {relation: true, columns: true}
seeds:
  +schema: reference
""",
    # The path is relative: to the project's folder, not to wherever dbt happens to run.
    "pipeline/profiles.yml": """\
shop:
  target: prod
  outputs:
    prod:
      type: duckdb
      path: "../{{ env_var('SHOP_FILE', 'shop') }}.duckdb"
      threads: 2
""",
    "pipeline/macros/generate_schema_name.sql": """\
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ custom_schema_name or target.schema }}
{%- endmacro %}
""",
    "pipeline/seeds/regions.csv": "region_id,region_name\n1,north\n2,south\n",
    "pipeline/models/region_names.sql": REGION_NAMES,
    "pipeline/models/sales.sql": SALES,
    "pipeline/models/order_log.sql": ORDER_LOG,
    "pipeline/models/models.yml": """\
version: 2
sources:
  - name: raw
    tables: [{name: orders}, {name: prices}]
models:
  - name: sales
    description: Sales of each region; it's money.
    columns:
      - name: region_name
        description: The region's name.
        data_tests: [unique, not_null]
  - name: order_log
    description: Every order once.
    columns:
      - name: order_id
        data_tests:
          - unique: {config: {tags: [critical]}}
""",
    "pipeline/snapshots/price_history.yml": """\
snapshots:
  - name: price_history
    relation: source('raw', 'prices')
    config:
      schema: history
      unique_key: product_id
      strategy: check
      check_cols: [price]
""",
}

SOURCES = (
    "create schema raw",
    "create table raw.orders (order_id integer, region_id integer, amount integer)",
    "insert into raw.orders values (1, 1, 10), (2, 1, 20), (3, 2, 40)",
    "create table raw.prices (product_id integer, price integer)",
    "insert into raw.prices values (7, 70), (8, 80)",
)

NEWER_SOURCES = (
    "insert into raw.orders values (4, 2, 80)",
    "update raw.prices set price = 71 where product_id = 7",
)

PUBLIC_NAMES = {
    "gold.sales",
    "history.price_history",
    "reference.regions",
    "silver.order_log",
    "silver.region_names",
}
