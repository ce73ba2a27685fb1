"""Projects whose nodes continue from what they were."""

from __future__ import annotations

from datetime import datetime

from tests.e2e.lab import Rows
from tests.projects.walk import PROFILES, Kind, model

ORDERS = (
    "attach 'LAKE' as lake",
    "create schema lake.raw",
    "create table lake.raw.orders (id integer, day timestamp, amount integer)",
    "insert into lake.raw.orders values (1, '2026-01-01', 10), (2, '2026-01-02', 20)",
)
NEWER = (
    "attach 'LAKE' as lake",
    "insert into lake.raw.orders values (3, '2026-01-03', 30)",
    "update lake.raw.orders set amount = 21 where id = 2",
)
NEW_ONLY = "{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}"
ALL = "select id, day, amount from {{ source('raw', 'orders') }}"
BOTH: Rows = [(1, 10), (2, 20)]
ALL_NEW: Rows = [(1, 10, "new"), (2, 21, "new"), (3, 30, "new")]
DAYS = [datetime(2026, 1, day) for day in (1, 2, 3)]


def incremental(strategy: str, text: str = "select id, amount from {{ ref('orders') }} ") -> str:
    key = {} if strategy == "append" else {"unique_key": "id"}
    where = NEW_ONLY if strategy == "append" else ""
    return model(
        text + where,
        materialized="incremental",
        incremental_strategy=strategy.replace("_", "+"),
        on_schema_change="append_new_columns",
        **key,
    )


def sql_of(note: str) -> str:
    return f"select id, amount, '{note}' as note from {{{{ ref('orders') }}}} "


STRATEGIES = Kind(
    peculiarities=(
        "incremental `append`, `delete+insert`, `merge` and `microbatch`",
        "`on_schema_change`",
        "snapshots with `check` and `timestamp`",
        "sources in an attached DuckDB file",
        "snapshots in the legacy block syntax, with a `target_schema`",
    ),
    sources=ORDERS,
    newer=NEWER,
    files={
        "profiles.yml": PROFILES.replace(
            "threads: 2", "threads: 2, attach: [{path: lake.duckdb, alias: lake, read_only: true}]"
        ),
        "models/sources.yml": """\
sources:
  - name: raw
    database: lake
    tables:
      - {name: orders, config: {event_time: day}}
""",
        "models/orders.sql": model(ALL, materialized="table", event_time="day"),
        "models/appended.sql": incremental("append"),
        "models/replaced.sql": incremental("delete_insert"),
        "models/merged.sql": incremental("merge"),
        "models/batched.sql": model(
            "select id, day, amount from {{ ref('orders') }}",
            materialized="incremental",
            incremental_strategy="microbatch",
            event_time="day",
            begin="2026-01-01",
            batch_size="year",
            lookback=1,
        ),
        "snapshots/checked.yml": """\
snapshots:
  - name: checked
    relation: ref('orders')
    config: {schema: history, unique_key: id, strategy: check, check_cols: [amount]}
""",
        "snapshots/blocks.sql": """\
{% snapshot by_day %}
{{ config(target_schema='history', unique_key='id', strategy='timestamp', updated_at='day') }}
select id, day from {{ ref('orders') }}
{% endsnapshot %}
""",
        "models/states.sql": model(
            "select 'checked' as name, count(*) as versions from {{ ref('checked') }}"
            " union all select 'by_day', count(*) from {{ ref('by_day') }}",
            materialized="table",
        ),
    },
    first={
        "main.orders": [(1, DAYS[0], 10), (2, DAYS[1], 20)],
        "main.appended": BOTH,
        "main.replaced": BOTH,
        "main.merged": BOTH,
        "main.batched": [(1, DAYS[0], 10), (2, DAYS[1], 20)],
        "main.states": [("by_day", 2), ("checked", 2)],
        "main_history.checked": [(1, 10, True), (2, 20, True)],
        "history.by_day": [(1, DAYS[0], True), (2, DAYS[1], True)],
    },
    columns={
        "main_history.checked": "id, amount, dbt_valid_to is null",
        "history.by_day": "id, day, dbt_valid_to is null",
    },
    change={
        "models/appended.sql": incremental("append", sql_of("new")),
        "models/replaced.sql": incremental("delete_insert", sql_of("new")),
        "models/merged.sql": incremental("merge", sql_of("new")),
        "models/batched.sql": model(
            "select id, day, amount + 1 as amount from {{ ref('orders') }}",
            materialized="incremental",
            incremental_strategy="microbatch",
            event_time="day",
            begin="2026-01-01",
            batch_size="year",
            lookback=1,
        ),
        "models/orders.sql": model(ALL + " where true", materialized="table", event_time="day"),
    },
    second={
        "main.orders": [(1, DAYS[0], 10), (2, DAYS[1], 21), (3, DAYS[2], 30)],
        "main.appended": [(1, 10, None), (2, 20, None), (3, 30, "new")],
        "main.replaced": ALL_NEW,
        "main.merged": ALL_NEW,
        "main.batched": [(1, DAYS[0], 11), (2, DAYS[1], 22), (3, DAYS[2], 31)],
        "main.states": [("by_day", 3), ("checked", 4)],
        "main_history.checked": [(1, 10, True), (2, 20, False), (2, 21, True), (3, 30, True)],
        "history.by_day": [(1, DAYS[0], True), (2, DAYS[1], True), (3, DAYS[2], True)],
    },
    rebuilt={
        "model.orders",
        "model.appended",
        "model.replaced",
        "model.merged",
        "model.batched",
        "model.states",
        "snapshot.checked",
        "snapshot.by_day",
    },
)
