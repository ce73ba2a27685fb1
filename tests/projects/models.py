"""Projects with every sort of model, test and resource that dbt knows."""

from __future__ import annotations

from datetime import date

from tests.e2e.lab import Rows
from tests.projects.walk import PROJECT, Kind, model

SORTS = Kind(
    peculiarities=(
        "disabled models",
        "ephemeral models",
        "versioned models",
        "Python models",
        "contracts with constraints",
        "unit tests",
        "hooks",
        "`on-run-start`, `on-run-end`",
        "`{{ this }}`",
        "`vars`",
    ),
    files={
        "dbt_project.yml": PROJECT
        + """\
vars: {least: 1}
on-run-start:
  - create schema if not exists audit
  - create table if not exists audit.runs (moment timestamp)
on-run-end:
  - insert into audit.runs values (now())
models:
  shop:
    +post-hook: "comment on column {{ this }}.id is 'the key of {{ this.name[:3] }}'"
""",
        "seeds/orders.csv": "id,amount\n1,10\n2,20\n3,30\n",
        "models/off.sql": model("select nothing from nowhere", enabled=False),
        "models/passing.sql": model(
            "select id, amount from {{ ref('orders') }} where id > {{ var('least') }}",
            materialized="ephemeral",
        ),
        "models/customers_v1.sql": model("select id from {{ ref('passing') }}"),
        "models/customers_v2.sql": model("select id, amount from {{ ref('passing') }}"),
        "models/kept.sql": model(
            "select id, amount from {{ ref('customers') }}", materialized="table"
        ),
        "models/children.sql": model("select id from {{ ref('kept') }}", materialized="table"),
        "models/doubled.py": """\
def model(dbt, session):
    dbt.config(materialized="table")
    return dbt.ref("kept").project("id, 2 * amount as amount")
""",
        "models/itself.sql": model(
            "select id, '{{ this.schema }}' <> '' as named from {{ ref('doubled') }}",
            materialized="table",
            pre_hook="create or replace temp table seen as select 1 as id",
        ),
        "models/models.yml": """\
models:
  - name: customers
    latest_version: 2
    versions: [{v: 1}, {v: 2}]
  - name: kept
    config: {contract: {enforced: true}}
    constraints:
      - {type: check, expression: "amount > 0"}
    columns:
      - {name: id, data_type: integer, constraints: [{type: not_null}, {type: unique}]}
      - {name: amount, data_type: integer}
  - name: children
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: integer, constraints: [{type: primary_key}]}
unit_tests:
  - name: passing_orders
    model: kept
    given:
      - input: ref('customers')
        rows: [{id: 7, amount: 70}]
    expect:
      rows: [{id: 7, amount: 70}]
""",
    },
    first={
        "main.orders": [(1, 10), (2, 20), (3, 30)],
        "main.customers_v1": [(2,), (3,)],
        "main.customers_v2": [(2, 20), (3, 30)],
        "main.kept": [(2, 20), (3, 30)],
        "main.children": [(2,), (3,)],
        "main.doubled": [(2, 40), (3, 60)],
        "main.itself": [(2, True), (3, True)],
    },
    change={
        "models/passing.sql": model(
            "select id, amount from {{ ref('orders') }} where id > 1 + {{ var('least') }}",
            materialized="ephemeral",
        )
    },
    second={
        "main.orders": [(1, 10), (2, 20), (3, 30)],
        "main.customers_v1": [(3,)],
        "main.customers_v2": [(3, 30)],
        "main.kept": [(3, 30)],
        "main.children": [(3,)],
        "main.doubled": [(3, 60)],
        "main.itself": [(3, True)],
    },
    rebuilt={
        "model.customers.v1",
        "model.customers.v2",
        "model.kept",
        "model.children",
        "model.doubled",
        "model.itself",
    },
)

DAYS: Rows = [(date(2026, 1, 1),), (date(2026, 1, 2),)]
SALES: Rows = [(1, date(2026, 1, 1), 5), (2, date(2026, 1, 2), None)]

RESOURCES = Kind(
    peculiarities=(
        "`store_failures`",
        "`persist_docs`",
        "empty `grants`",
        "semantic models, metrics and saved queries",
        "exposures",
        "singular and generic tests of the project's own",
    ),
    files={
        "dbt_project.yml": PROJECT
        + """\
models:
  +persist_docs: {relation: true, columns: true}
  +grants: {select: []}
data_tests:
  +store_failures: true
""",
        "models/sales.sql": model(
            "select 1 as id, date '2026-01-01' as sold_on, 5 as amount"
            " union all select 2, date '2026-01-02', null",
            materialized="table",
        ),
        "models/days.sql": model(
            "select range::date as date_day from range(date '2026-01-01', date '2026-01-03',"
            " interval 1 day)",
        ),
        "models/total.sql": model("select sum(amount)::int as total from {{ ref('sales') }}"),
        "tests/generic/not_zero.sql": """\
{% test not_zero(model, column_name) %}
select * from {{ model }} where {{ column_name }} = 0
{% endtest %}
""",
        "tests/total_is_there.sql": "select * from {{ ref('total') }} where total is null\n",
        "models/models.yml": """\
models:
  - name: sales
    description: What was sold; it's money.
    columns:
      - {name: id, description: The key., data_tests: [unique, not_zero]}
      - name: amount
        data_tests: [{not_null: {config: {severity: warn, store_failures_as: view}}}]
  - name: days
    time_spine: {standard_granularity_column: date_day}
    columns: [{name: date_day, granularity: day}]
semantic_models:
  - name: sales
    model: ref('sales')
    defaults: {agg_time_dimension: sold_on}
    entities: [{name: sale, type: primary, expr: id}]
    dimensions: [{name: sold_on, type: time, type_params: {time_granularity: day}}]
    measures: [{name: amount, agg: sum, create_metric: true}]
saved_queries:
  - name: all_sales
    query_params: {metrics: [amount]}
exposures:
  - name: board
    type: dashboard
    owner: {name: Ada}
    depends_on: [ref('total')]
""",
    },
    first={
        "main.sales": SALES,
        "main.days": DAYS,
        "main.total": [(5,)],
    },
    change={
        "models/total.sql": model("select 2 * sum(amount)::int as total from {{ ref('sales') }}")
    },
    second={
        "main.sales": SALES,
        "main.days": DAYS,
        "main.total": [(10,)],
    },
    rebuilt={"model.total"},
)
