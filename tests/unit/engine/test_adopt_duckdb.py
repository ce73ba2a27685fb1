"""There and back on a populated DuckDB file: texts, comments and rows byte for byte."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from tests.unit.engine.double import Model, Project, opening, pointer, project_key
from tests.unit.engine.stage import ALIVE, ENVIRONMENT, FREE, unheard
from tests.unit.warehouse.test_duckdb_relocate import catalogue

from dbt_rewind.engine.access import Access
from dbt_rewind.engine.adopt import adopt, plan_adopt
from dbt_rewind.engine.build_plan import DeployRequest
from dbt_rewind.engine.eject import eject, plan_eject
from dbt_rewind.engine.site import Site, operating
from dbt_rewind.errors import AdoptionRefused, WarehouseFailed
from dbt_rewind.model import Commit, RelationKind
from dbt_rewind.warehouse.duckdb import open_duckdb
from dbt_rewind.warehouse.memory_store import MemoryStore

PROJECT: Project = {
    "orders": Model(),
    "log": Model(materialized="incremental"),
    "history": Model(resource_type="snapshot", schema="kept"),
    "prices": Model(resource_type="seed", schema="main"),
    "latest": Model(materialized="view", parents=("orders",)),
    "newest": Model(materialized="view", parents=("latest", "prices"), schema="main"),
}

POPULATED = (
    "create schema gold",
    "create schema kept",
    "create table gold.orders (id integer primary key, label varchar not null default 'x' unique,"
    " amount decimal(9, 2), twice integer generated always as (id * 2), check (label <> ''))",
    "insert into gold.orders (id, label, amount) values (2, 'b', 1.5), (1, 'a', null)",
    "create index by_amount on gold.orders (amount)",
    "create unique index by_both on gold.orders (label, id)",
    "comment on table gold.orders is 'it''s all'",
    "comment on column gold.orders.id is 'key'",
    "create table gold.log (moment timestamp, what struct(a integer, b varchar[]))",
    "insert into gold.log values ('2026-01-02 03:04:05', {'a': 1, 'b': ['x']})",
    "create table kept.history (id integer, dbt_valid_to timestamp)",
    "insert into kept.history values (1, null), (1, '2026-01-01')",
    'create table main.prices (id integer, "the price" integer)',
    "insert into main.prices values (1, 10), (2, 20)",
    "create view gold.latest as select orders.id, gold.orders.label from gold.orders",
    "comment on view gold.latest is 'newest ones'",
    'create view main.newest ("an id", p) as with l as (select * from memory.gold.latest)'
    ' select l.id, "the price" from l join main.prices on prices.id = l.id',
    "comment on column main.newest.\"an id\" is 'key'",
    # Not the project's: they stay, and see what they saw.
    "create table gold.strangers as from gold.orders",
    "create view gold.reads_orders as select count(*) as n from gold.orders",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "memory.duckdb"
    with duckdb.connect(str(path)) as connection:
        for statement in POPULATED:
            connection.execute(statement)
    return path


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    names = ["gold.orders", "gold.log", "kept.history", "main.prices", "gold.latest"]
    names += ["main.newest", "gold.strangers", "gold.reads_orders"]
    with duckdb.connect(str(path), read_only=True) as connection:
        return {name: connection.execute(f"from {name}").fetchall() for name in names}


def site(path: Path) -> Site:
    return Site(
        ENVIRONMENT,
        "shop",
        lambda sha: None,
        Access(lambda: open_duckdb(str(path), read_only=False)),
        path.with_name("mirror.jsonl"),
        ALIVE,
        lambda: None,
    )


def request() -> DeployRequest:
    commit = Commit("a" * 40, "Build it", "Ada")
    return DeployRequest(commit, project_key(PROJECT), "ada", opening(MemoryStore(), PROJECT))


def adopted(path: Path) -> None:
    with operating(site(path), "adopt") as (ledger, _):
        plan = plan_adopt(ledger.access, ledger.history, request(), unheard)
        adopt(ledger, request(), plan, unheard, measure=True)


def ejected(path: Path) -> None:
    with operating(site(path), "eject") as (ledger, _):
        plan = plan_eject(ledger.access.warehouse, ledger.history)
        assert plan.copied == {}
        eject(ledger, plan, FREE, reason="", by="ada")


def test_there_and_back_twice(path: Path) -> None:
    texts, content = catalogue(str(path)), rows(path)
    for _ in range(2):
        adopted(path)
        assert rows(path) == content
        with duckdb.connect(str(path), read_only=True) as connection:
            views = connection.execute(
                "select schema_name || '.' || view_name from duckdb_views() where not internal"
            ).fetchall()
        assert ("gold.orders",) in views
        ejected(path)
        assert rows(path) == content
        assert catalogue(str(path)) == texts
        with duckdb.connect(str(path), read_only=True) as connection:
            schemas = connection.execute(
                "select schema_name from duckdb_schemas() where schema_name like 'rewind%'"
            ).fetchall()
        assert schemas == []


def test_tables_that_foreign_keys_refer_to_are_refused_before_anything(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table gold.lines (id integer references gold.orders (id))")
    texts = catalogue(str(path))
    with pytest.raises(AdoptionRefused) as raised:
        adopted(path)
    assert raised.value.problems == (
        "foreign keys refer to gold.orders, so that it cannot be renamed: gold.lines",
    )
    assert catalogue(str(path)) == texts


def test_a_view_that_no_longer_works_is_refused_and_leaves_all_as_it_was(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table main.prices rename column id to number")
    texts = catalogue(str(path))
    with pytest.raises(WarehouseFailed, match=r"main\.newest"):
        adopted(path)
    assert catalogue(str(path)) == texts


def test_kinds_are_those_of_the_catalogue(path: Path) -> None:
    """Whatever the project says of a node by now: what stands there is taken over as it is."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop view gold.latest")
        connection.execute("create table gold.latest as select id, label from gold.orders")
    adopted(path)
    warehouse = open_duckdb(str(path), read_only=True)
    try:
        kept = pointer("latest__r1")
        assert warehouse.relations([kept])[kept].kind is RelationKind.TABLE
    finally:
        warehouse.close()
