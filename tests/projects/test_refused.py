"""What cannot work is refused before it does harm, with the file named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.lab import Lab
from tests.projects.walk import PROFILES, PROJECT, Kind, begin, change, model, seen

pytestmark = pytest.mark.e2e

ORDERS = {"models/orders.sql": model("select 1 as id", schema="silver")}


def lab_with(folder: Path, files: Mapping[str, str], *sources: str) -> Lab:
    kind = Kind((), files, first={}, change={}, second={}, rebuilt=set(), sources=sources)
    return begin(kind, folder)


def refused(lab: Lab, *arguments: str, slug: str, status: int = 5) -> dict[str, Any]:
    """A deploy that must fail and change nothing but, at most, the ledger."""
    names = seen(lab) if lab.database.exists() else {}
    error = lab.refused("deploy", *arguments, expected=status)
    assert error["slug"] == slug
    assert (seen(lab) if lab.database.exists() else {}) == names
    lab.assert_tidy()
    return error


def test_names_that_are_written_out(tmp_path: Path) -> None:
    """In a model, a hook, a snapshot, a test, an operation and a Python model: all are named."""
    name = "main_silver.orders"
    lab = lab_with(
        tmp_path,
        {
            **ORDERS,
            "dbt_project.yml": PROJECT + f"on-run-end:\n  - insert into {name} values (1)\n",
            "models/sales.sql": f"-- from {name} is only said\n\nselect *\nfrom {name}\n",
            "models/hooked.sql": model("select 1 as id", post_hook=f"delete from {name}"),
            "models/spoken.py": "def model(dbt, session):\n"
            f'    return session.sql("select * from {name}")\n',
            "tests/none.sql": f"select * from shop.{name} where id = 0\n",
            "snapshots/history.sql": "\n{% snapshot history %}\n"
            "{{ config(unique_key='id', strategy='check', check_cols='all') }}\n"
            f"select * from {name}\n{{% endsnapshot %}}\n",
            # What only looks like it, and what is nobody's here.
            "models/fine.sql": "select main_silver.orders from (select 1 as orders) as main_silver"
            " union all select 1 from main.strangers where 'from main_silver.orders' <> ''\n",
        },
        "create table main.strangers as select 1 as id",
    )
    error = refused(lab, "--dry-run", slug="name-written-out")
    assert sorted(error["facts"]["places"]) == [
        f"dbt_project.yml, line 6: {name}",
        f"models/hooked.sql, line 1: {name}",
        f"models/sales.sql, line 4: {name}",
        f"models/spoken.py, line 2: {name}",
        f"snapshots/history.sql, line 4: {name}",
        f"tests/none.sql, line 1: shop.{name}",
    ]
    assert "ref('orders')" in error["hint"]


def test_a_name_that_jinja_makes(tmp_path: Path) -> None:
    made = "select * from {{ target.schema }}_silver.orders"
    lab = lab_with(tmp_path, ORDERS)
    lab.rewind("deploy")
    change(lab, {"models/sales.sql": made, "models/orders.sql": ORDERS["models/orders.sql"] + "\n"})
    error = refused(lab, slug="name-written-out")
    assert error["facts"]["places"] == ["models/sales.sql: main_silver.orders"]
    states = [release["state"] for release in lab.rewind("history")["releases"]]
    assert states == ["aborted", "live"]
    left = lab.sql("select schema_name from duckdb_views() where view_name = 'sales'")
    assert left == [], "what was built is gone again"
    change(lab, {"models/sales.sql": "select * from {{ ref('orders') }}"})
    lab.rewind("deploy")
    assert seen(lab) == {"main.sales": [(1,)], "main_silver.orders": [(1,)]}


def test_a_source_that_is_made_of_itself(tmp_path: Path) -> None:
    source = "sources: [{name: silver, schema: main_silver, tables: [{name: orders}]}]\n"
    lab = lab_with(
        tmp_path,
        {
            "models/sources.yml": source,
            "models/sales.sql": "select * from {{ source('silver', 'orders') }}\n",
            "models/orders.sql": model("select * from {{ ref('sales') }}", schema="silver"),
        },
    )
    error = refused(lab, "--dry-run", slug="source-cycle")
    assert sorted(error["facts"]["files"]) == ["models/orders.sql", "models/sales.sql"]


def test_models_in_an_attached_database(tmp_path: Path) -> None:
    attach = "threads: 2, attach: [{path: lake.duckdb, alias: lake}]"
    lab = lab_with(
        tmp_path,
        {
            **ORDERS,
            "models/sales.sql": "select * from {{ ref('orders') }}\n",
            "profiles.yml": PROFILES.replace("threads: 2", attach),
            "dbt_project.yml": PROJECT + "models: {shop: {orders: {+database: lake}}}\n",
        },
        "attach 'LAKE' as lake",
    )
    error = refused(lab, slug="not-atomic", status=12)
    assert error["facts"]["databases"] == ["lake", "shop"]
    assert lab.rewind("history")["releases"] == [], "nothing was begun"


def test_an_external_file_that_every_release_would_overwrite(tmp_path: Path) -> None:
    location = str(tmp_path / "orders.parquet")
    config = {"materialized": "external", "location": location}
    lab = lab_with(tmp_path, {"models/orders.sql": model("select 1 as id", **config)})
    error = refused(lab, "--dry-run", slug="project-unusable")
    assert "models/orders.sql" in error["message"]
    assert not Path(location).exists()
