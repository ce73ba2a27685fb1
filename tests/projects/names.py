"""Projects that name their relations in ways of their own."""

from __future__ import annotations

from tests.projects.walk import Kind, model

LONG = "a_name_that_is_longer_than_the_sixty_three_bytes_that_some_warehouses_allow_" + "x" * 60

OWN_MACROS = Kind(
    peculiarities=(
        "own `generate_schema_name`",
        "own `generate_alias_name`",
        "`alias`",
        "quoted, mixed-case and spaced names",
        "very long names",
        "a database with a space in its name",
        "the project in a subfolder",
    ),
    project="data/shop",
    file="my shop.duckdb",
    files={
        "data/shop/macros/names.sql": """\
{# generate_schema_name(node) is ours #}
{%- macro generate_schema_name (custom_schema_name, node=none) -%}
  {{ custom_schema_name if custom_schema_name else 'Shop ' ~ target.name }}
{%- endmacro -%}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
  {{ custom_alias_name or ('seed_' if node.resource_type == 'seed' else '') ~ node.name }}
{%- endmacro %}
""",
        "data/shop/seeds/Regions.csv": "id,name\n1,north\n2,south\n",
        "data/shop/models/OrdersOfToday.sql": model(
            "select id as \"Order Id\" from {{ ref('Regions') }}", alias="Orders, of; Today's"
        ),
        f"data/shop/models/{LONG}.sql": model(
            'select max("Order Id") as "Most" from {{ ref(\'OrdersOfToday\') }}',
            schema="Gold; drop",
            materialized="table",
        ),
    },
    first={
        "Shop prod.seed_Regions": [(1, "north"), (2, "south")],
        "Shop prod.Orders, of; Today's": [(1,), (2,)],
        f"Gold; drop.{LONG}": [(2,)],
    },
    change={
        "data/shop/models/OrdersOfToday.sql": model(
            "select 10 * id as \"Order Id\" from {{ ref('Regions') }}", alias="Orders, of; Today's"
        )
    },
    second={
        "Shop prod.seed_Regions": [(1, "north"), (2, "south")],
        "Shop prod.Orders, of; Today's": [(10,), (20,)],
        f"Gold; drop.{LONG}": [(20,)],
    },
    rebuilt={"model.OrdersOfToday", f"model.{LONG}"},
)

DISPATCHED_MACROS = Kind(
    peculiarities=(
        "own `duckdb__generate_schema_name`",
        "own `default__generate_alias_name`",
        "own `generate_database_name`",
        "names that only differ by the folder they are in",
        "names with dots",
        "a model and a folder of the same name",
    ),
    files={
        "macros/names.sql": """\
{% macro duckdb__generate_schema_name(custom_schema_name, node) -%}
  {{ node.fqn[1] if node.fqn | length > 2 else 'top' }}
{%- endmacro %}
{% macro default__generate_alias_name(custom_alias_name, node) -%}
  {{ (custom_alias_name or node.name).split('__')[-1] | replace('.', ' dot ') }}
{%- endmacro %}
{% macro generate_database_name(custom_database_name=none, node=none) -%}
  {{ target.database }}
{%- endmacro %}
""",
        "models/orders.sql": model("select 1 as id"),
        "models/orders/silver__orders.sql": model("select id + 1 as id from {{ ref('orders') }}"),
        "models/gold/gold__orders.sql": model("select id + 2 as id from {{ ref('orders') }}"),
        "models/gold/orders.daily.sql": model("select 7 as id", materialized="table"),
    },
    first={
        "top.orders": [(1,)],
        "orders.orders": [(2,)],
        "gold.orders": [(3,)],
        "gold.orders dot daily": [(7,)],
    },
    change={"models/orders.sql": model("select 11 as id")},
    second={
        "top.orders": [(11,)],
        "orders.orders": [(12,)],
        "gold.orders": [(13,)],
        "gold.orders dot daily": [(7,)],
    },
    rebuilt={"model.orders", "model.silver__orders", "model.gold__orders"},
)
