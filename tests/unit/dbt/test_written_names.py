"""Public names in code, with their file and line."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.dbt.written_names import (
    PublicNames,
    WrittenName,
    names_in_code,
    names_in_compiled,
)
from dbt_rewind.model import RelationName

PUBLIC = PublicNames(
    {
        "model.shop.orders": RelationName("shop", "silver", "orders"),
        "seed.shop.regions": RelationName("shop", "Ref Data", "Regions"),
    }
)
X = "model.shop.x"


def manifest(code: str, **more: Any) -> Manifest:
    node = {
        "unique_id": X,
        "resource_type": "model",
        "package_name": "shop",
        "original_file_path": "models/x.sql",
        "raw_code": code,
        "config": {"materialized": "table"},
        **more,
    }
    return Manifest({"metadata": {}, "nodes": {node["unique_id"]: node}})


def found(
    code: str, files: Mapping[str, str] | None = None, **more: Any
) -> tuple[WrittenName, ...]:
    files = {"models/x.sql": code} if files is None else files
    known = manifest(code, **more)
    return names_in_code(known, PUBLIC, {X}, lambda package, file: files.get(file))


@pytest.mark.parametrize(
    ("code", "text", "meant", "line"),
    [
        ("select *\nfrom silver.orders", "silver.orders", "model.shop.orders", 2),
        ("select * from SILVER.Orders", "SILVER.Orders", "model.shop.orders", 1),
        ("select * from shop.silver.orders", "shop.silver.orders", "model.shop.orders", 1),
        ('\nfrom "ref data"."regions"', '"ref data"."regions"', "seed.shop.regions", 2),
        ("comment on column silver.orders.id is 'x'", "silver.orders.id", "model.shop.orders", 1),
    ],
)
def test_a_public_name_is_found_with_its_line(code: str, text: str, meant: str, line: int) -> None:
    assert found(code) == (WrittenName(X, text, meant, "models/x.sql", line),)


@pytest.mark.parametrize(
    "code",
    [
        "select * from {{ ref('orders') }}",
        "select * from other.silver.orders",
        "select * from silver.customers",
        "select * from raw.orders",
        "select silver.orders from {{ ref('orders') }} as silver",
        "select * from orders",
    ],
)
def test_other_names_are_the_projects_own_affair(code: str) -> None:
    assert found(code) == ()


def test_lines_count_from_the_files_beginning() -> None:
    """dbt cuts off what stands before the code."""
    (name,) = found("from silver.orders", {"models/x.sql": "\n\n  from silver.orders\n"})
    assert (name.file, name.line) == ("models/x.sql", 3)


def test_hooks_are_found_where_they_are_written() -> None:
    hook = {"sql": "insert into silver.orders select 1", "transaction": True, "index": None}
    config = {"post-hook": [hook]}
    (own,) = found("{{ config(post_hook='insert into silver.orders select 1') }}", config=config)
    assert (own.file, own.line) == ("models/x.sql", 1)
    files = {"dbt_project.yml": "name: shop\nmodels:\n  +post-hook: insert into silver.orders\n"}
    (of_project,) = found("select 1", files, config=config)
    assert (of_project.file, of_project.line) == ("dbt_project.yml", 3)
    files = {"models/m.yml": "post-hook: insert into silver.orders"}
    (of_properties,) = found("select 1", files, config=config, patch_path="shop://models/m.yml")
    assert (of_properties.file, of_properties.line) == ("models/m.yml", 1)
    (lost,) = found("select 1", {}, config=config)
    assert (lost.file, lost.line) == ("models/x.sql", None)


def test_operations_always_run() -> None:
    (name,) = found(
        "delete from silver.orders",
        {"dbt_project.yml": "on-run-end:\n  - delete from silver.orders\n"},
        unique_id="operation.shop.shop-on-run-end-0",
        original_file_path="./dbt_project.yml",
    )
    assert (name.file, name.line) == ("dbt_project.yml", 2)


def test_python_models_hide_names_in_text() -> None:
    code = (
        '"""Not read from silver.orders."""\n'
        "def model(dbt, session):\n"
        '    "nor from silver.orders"\n'
        '    session.sql("select * from silver.orders")\n'
        "    return session.table('ref.x'), session.table('silver.orders')\n"
    )
    names = found(code, language="python")
    assert [name.text for name in names] == ["silver.orders", "silver.orders"]
    assert found("def model(:", language="python") == ()


def test_names_that_macros_make_are_found_in_what_is_compiled() -> None:
    known = manifest("from {{ target.schema }}.orders", compiled_code='from "silver".orders')
    assert found("from {{ target.schema }}.orders") == ()
    assert names_in_compiled(known, PUBLIC, {X}) == (
        WrittenName(X, '"silver".orders', "model.shop.orders", "models/x.sql", None),
    )
    assert names_in_compiled(known, PUBLIC, ()) == ()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from orders",
        'select * from x join "Orders" as o on true',
        "select * from x, orders",
        "with o as (select * from orders) select * from o",
    ],
)
def test_names_without_a_schema_count_where_one_is_the_default(sql: str) -> None:
    names = {"model.shop.orders": RelationName("shop", "Silver", "orders")}
    assert [each[2] for each in PublicNames(names, "silver").written_in(sql)] == [
        "model.shop.orders"
    ]
    assert list(PublicNames(names, "main").written_in(sql)) == []
    assert list(PublicNames(names).written_in(sql)) == []


@pytest.mark.parametrize(
    "sql",
    [
        'with orders as (select * from "shop"."rewind_r1_silver"."orders") select * from orders',
        "with orders(id) as materialized (select 1), b as (select * from orders) select * from b",
        "select orders.id from other.orders, orders('a function') where x in (orders, id)",
        "select id, orders from other.x group by id, orders",
        "select extract(year from orders), x is distinct from orders from other.x",
        "select 'from orders' -- from orders",
    ],
)
def test_what_is_called_like_a_table_is_none(sql: str) -> None:
    names = {"model.shop.orders": RelationName("shop", "silver", "orders")}
    assert list(PublicNames(names, "silver").written_in(sql)) == []


def test_a_thousand_models_take_well_under_a_second() -> None:
    lines = "    a.amount * b.rate as amount_in_euro, -- from silver.orders\n" * 40
    sql = f"select\n{lines} 1 from {{{{ ref('x') }}}} as a join gold.other as b on a.i = b.i"
    names = {f"model.shop.m{i}": RelationName("shop", "gold", f"m{i}") for i in range(1_000)}
    nodes = {
        name: {"unique_id": name, "raw_code": sql, "config": {}, "package_name": "shop"}
        for name in names
    }
    known = Manifest({"metadata": {}, "nodes": nodes})
    begun = time.perf_counter()
    assert names_in_code(known, PublicNames(names), set(names), lambda *_: None) == ()
    assert time.perf_counter() - begun < 3, "about a third of it on a quiet machine"
