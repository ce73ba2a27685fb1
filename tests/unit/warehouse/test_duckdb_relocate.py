"""What only DuckDB has to carry over when a relation gets another name."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from tests.conformance.operation import ALIVE, MINUTE, NOW

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import EventKind, PointerMove, RelationName, Relocation, next_event
from dbt_rewind.warehouse.duckdb import open_duckdb

PUBLIC = RelationName("shop", "gold", "orders")
VIEW = RelationName("shop", "main", "latest")


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "shop.duckdb")
    with duckdb.connect(path) as connection:
        for statement in (
            "create schema gold",
            "create table gold.orders (id integer primary key, label varchar not null default 'x',"
            " check (label <> ''))",
            "insert into gold.orders values (2, 'b'), (1, 'a')",
            "create index by_label on gold.orders (label)",
            "create unique index by_both on gold.orders (label, id)",
            "comment on table gold.orders is 'it''s all'",
            "create table main.prices (id integer)",
            "insert into main.prices values (1)",
            'create view main.latest ("the id", price) as (with orders_cte as (select orders.id,'
            " gold.orders.label from gold.orders) select o.id, 'gold.orders' from orders_cte o"
            " join main.prices on prices.id = o.id where exists (from gold.orders x))",
            "comment on view main.latest is 'newest'",
            "comment on column main.latest.\"the id\" is 'key'",
        ):
            connection.execute(statement)
    return path


def catalogue(path: str) -> list[tuple[object, ...]]:
    with duckdb.connect(path, read_only=True) as connection:
        return [
            *connection.execute(
                "select schema_name, table_name, sql, comment from duckdb_tables()"
                " where schema_name <> 'rewind' order by all"
            ).fetchall(),
            *connection.execute(
                "select schema_name, view_name, sql, comment from duckdb_views()"
                " where not internal order by all"
            ).fetchall(),
            *connection.execute(
                "select index_name, sql from duckdb_indexes() order by 1"
            ).fetchall(),
            *connection.execute(
                "select table_name, column_name, comment from duckdb_columns()"
                " where comment is not null order by all"
            ).fetchall(),
        ]


def commit(
    path: str, moves: list[PointerMove], relocations: list[Relocation], **more: object
) -> None:
    warehouse = open_duckdb(path, read_only=False)
    try:
        warehouse.prepare()
        lease = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
        chain = warehouse.events("prod")
        event = next_event(chain[-1] if chain else None, "prod", NOW, EventKind.PUBLISHED, {})
        warehouse.commit(event, lease, moves=moves, relocations=relocations, **more)  # type: ignore[arg-type]
        warehouse.release_lease(lease)
    finally:
        warehouse.close()


def test_there_and_back_all_is_as_it_was(path: str) -> None:
    before = catalogue(path)
    kept = RelationName("shop", "gold", "orders__r1")
    versioned = RelationName("shop", "rewind_r1_gold", "orders")
    view = RelationName("shop", "rewind_r1_main", "latest")
    there = [
        PointerMove(PUBLIC, None, versioned),
        PointerMove(versioned, None, kept),
        PointerMove(VIEW, None, view),
    ]
    commit(
        path,
        there,
        [Relocation(PUBLIC, kept), Relocation(VIEW, view)],
        references={PUBLIC: versioned, VIEW: view},
    )
    with duckdb.connect(path, read_only=True) as connection:
        assert connection.execute("from main.latest").fetchall() == [(1, "gold.orders")]
        (text,) = connection.execute(
            "select sql from duckdb_views() where schema_name = 'rewind_r1_main'"
        ).fetchall()
    assert "gold.orders x" not in text[0].replace("rewind_r1_gold.orders", "")
    back = [PointerMove(move.pointer, move.after, None) for move in there]
    commit(
        path,
        back,
        [Relocation(kept, PUBLIC), Relocation(view, VIEW)],
        references={versioned: PUBLIC, view: VIEW},
    )
    assert catalogue(path) == before


def test_a_table_that_others_refer_to_cannot_be_renamed(path: str) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("create table gold.lines (id integer references gold.orders (id))")
    before = catalogue(path)
    with pytest.raises(WarehouseFailed, match="renaming gold"):
        commit(path, [], [Relocation(PUBLIC, RelationName("shop", "gold", "orders__r1"))])
    assert catalogue(path) == before


def test_views_are_made_in_the_order_of_their_texts(path: str) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("create view main.a_second as select * from main.latest")
    names = {
        RelationName("shop", "main", name): RelationName("shop", "rewind_r1_main", name)
        for name in ("a_second", "latest")
    }
    commit(path, [], [Relocation(*each) for each in names.items()], references=names)
    with duckdb.connect(path, read_only=True) as connection:
        rows = connection.execute("from rewind_r1_main.a_second").fetchall()
    assert rows == [(1, "gold.orders")]


def test_a_view_makes_room_in_its_schema_whatever_it_reads(path: str) -> None:
    """Set aside by a repair: its text stays, also where what it reads is gone or set aside too."""
    with duckdb.connect(path) as connection:
        connection.execute("create schema rewind_r1_gold")
        connection.execute("create table rewind_r1_gold.orders as from gold.orders")
        connection.execute("create table rewind_r1_main_latest as select 3 as id")
        connection.execute("create view main.broken as select * from main.prices")
        connection.execute("drop table main.prices")
    before = catalogue(path)
    latest = RelationName("shop", "main", "latest__aside_1")
    broken = RelationName("shop", "main", "broken")
    orders = RelationName("shop", "gold", "orders__aside_1")
    versioned = RelationName("shop", "rewind_r1_gold", "orders")
    moves = [PointerMove(PUBLIC, None, versioned), PointerMove(VIEW, None, versioned)]
    aside = [
        Relocation(PUBLIC, orders),
        Relocation(VIEW, latest),
        Relocation(broken, RelationName("shop", "main", "broken__aside_1")),
    ]
    commit(path, moves, aside)
    with duckdb.connect(path, read_only=True) as connection:
        rows = [(1, "a"), (2, "b")]
        for name in ("main.latest", "gold.orders", "gold.orders__aside_1"):
            assert connection.execute(f"from {name} order by all").fetchall() == rows
    back = [PointerMove(move.pointer, move.after, None) for move in moves]
    commit(path, back, [Relocation(each.target, each.source) for each in aside])
    assert catalogue(path) == before


def test_tables_that_refer_to_each_other_go_to_another_schema(path: str) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("create table gold.lines (id integer references gold.orders (id))")
        connection.execute("insert into gold.lines values (1)")
    there = [
        Relocation(RelationName("shop", "gold", name), RelationName("shop", "elsewhere", name))
        for name in ("orders", "lines")
    ]
    commit(path, [], there)
    with duckdb.connect(path, read_only=True) as connection:
        assert connection.execute("from elsewhere.lines").fetchall() == [(1,)]
        assert len(connection.execute("from elsewhere.orders").fetchall()) == 2


def test_who_refers_to_a_table_and_what_a_view_reads(path: str) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("create table gold.lines (id integer references gold.orders (id))")
        connection.execute(
            "create table gold.tree (id integer primary key, up integer references gold.tree (id))"
        )
    warehouse = open_duckdb(path, read_only=True)
    try:
        spelled = RelationName("SHOP", "Gold", "ORDERS")
        tree, lines = (RelationName("shop", "gold", name) for name in ("tree", "lines"))
        assert warehouse.referred([spelled, tree, lines]) == {spelled: {lines}}
        prices = RelationName("shop", "main", "prices")
        assert warehouse.reads([VIEW]) == {VIEW: {PUBLIC, prices}}
    finally:
        warehouse.close()
