# ruff: noqa: RUF005 - the catalogue's rows, broken where they are too long
"""What is read of a table for its copy, and the order of drops: on the stand-in, which answers with
the rows that a server's catalogue has."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from tests.conformance.operation import Operation
from tests.sqlserver.engines import SQLServerDoubleEngine
from tests.sqlserver.statements import RICH

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import RelationName, Relocation
from dbt_rewind.warehouse import sqlserver_catalogue_sql as catalogue
from dbt_rewind.warehouse import sqlserver_table_sql as sql
from dbt_rewind.warehouse.sqlserver_copy import definition_of
from dbt_rewind.warehouse.sqlserver_session import Session

NVARCHAR = ("nvarchar", None, 100, 0, 0)
DECIMAL = ("decimal", None, 9, 18, 2)
NOTHING = (None, None, None)

# Position; name; type, its schema, length, precision, scale; collation; nullable; identity's seed,
# increment and last value; rowguid; sparse; computed, persisted; default's name, whose, default.
COLUMNS: list[tuple[Any, ...]] = [
    (0, "id", "bigint", None, 8, 19, 0, None, False, *map(Decimal, (10, 5, 110)), False, False)
    + (None, None, None, None, None),
    (0, "a b", *NVARCHAR, "Latin1_General_BIN2", True, *NOTHING, False, False)
    + (None, None, None, None, None),
    (0, "net", *DECIMAL, None, False, *NOTHING, False, False, None, None, "d", False, "((0))"),
    (0, "tax", *DECIMAL, None, True, *NOTHING, False, True, None, None, None, None, None),
    (0, "gross", "decimal", None, 9, 19, 2, None, True, *NOTHING, False, False)
    + ("([net]+[tax])", True, None, None, None),
    (0, "half", *DECIMAL, None, True, *NOTHING, False, False)
    + ("([net]/(2))", False, None, None, None),
    (0, "key", "uniqueidentifier", None, 16, 0, 0, None, True, *NOTHING, True, False)
    + (None, None, "DF__1", True, "(newid())"),
    (0, "version", "timestamp", None, 8, 0, 0, None, False, *NOTHING, False, False)
    + (None, None, None, None, None),
]
# Position; id; name; type; unique; key; unique constraint; whose name; disabled; fill factor;
# padded; ignores twice; row and page locks; filter; space, its type, default; compression.
INDEXES: list[tuple[Any, ...]] = [
    (0, 1, "pk_orders", 1, True, True, False, False, False, 90, False, False, True, True, None)
    + ("by month", "PS", False, "PAGE"),
    (0, 2, "UQ__2", 2, True, False, True, True, False, 0, False, False, True, True, None)
    + ("PRIMARY", "FG", True, "NONE"),
    (0, 3, "ix net", 2, True, False, False, False, True, 0, False, True, False, True, "([net]>(0))")
    + ("PRIMARY", "FG", True, "NONE"),
    (0, 4, "columns", 6, False, False, False, False, False, 0, False, False, True, True, None)
    + ("PRIMARY", "FG", True, "COLUMNSTORE"),
]
# Position; index; column; place in the key; descending; included; place in the partition.
INDEX_COLUMNS: list[tuple[Any, ...]] = [
    (0, 1, "id", 1, False, False, 1),
    (0, 2, "a b", 1, True, False, 0),
    (0, 3, "tax", 0, False, True, 0),
    (0, 3, "a b", 0, False, True, 0),
    (0, 3, "net", 1, True, False, 0),
    (0, 3, "id", 2, False, False, 0),
    (0, 4, "id", 0, False, True, 0),
    (0, 4, "net", 0, False, True, 0),
]
CHECKS: list[tuple[Any, ...]] = [
    (0, "net_is_positive", False, "([net]>=(0))", True, True),
    (0, "CK__3", True, "([tax]<[net])", False, False),
]


@pytest.fixture
def engine() -> Iterator[SQLServerDoubleEngine]:
    made = SQLServerDoubleEngine()
    yield made
    made.close()


@pytest.fixture
def operation(engine: SQLServerDoubleEngine) -> Operation:
    warehouse = engine.open()
    warehouse.prepare()
    return Operation(engine, warehouse)


@pytest.fixture
def source(engine: SQLServerDoubleEngine, operation: Operation) -> RelationName:
    name = operation.build(1)
    engine.server.scripted |= {
        sql.FIND_DEFINITION: COLUMNS,
        sql.FIND_INDEXES: INDEXES,
        sql.FIND_INDEX_COLUMNS: INDEX_COLUMNS,
        sql.FIND_CHECKS: CHECKS,
    }
    return name


def session_of(operation: Operation) -> Session:
    return operation.warehouse._session  # type: ignore[attr-defined, no-any-return]


def test_all_of_a_table_is_read(operation: Operation, source: RelationName) -> None:
    assert definition_of(session_of(operation), "reading", source) == RICH


def test_a_heap_is_compressed_as_it_was(
    engine: SQLServerDoubleEngine, operation: Operation, source: RelationName
) -> None:
    heap = (0, 0, None, 0, False, False, False, False, False, 0, False, False, True, True, None)
    engine.server.scripted[sql.FIND_INDEXES] = [(*heap, "archive", "FG", False, "ROW")]
    found = definition_of(session_of(operation), "reading", source)
    assert (found.indexes, found.options, found.space) == (
        (),
        ("DATA_COMPRESSION = ROW",),
        "[archive]",
    )


def test_an_index_that_cannot_be_made_again_is_refused(
    engine: SQLServerDoubleEngine, operation: Operation, source: RelationName
) -> None:
    spatial = list(INDEXES[2])
    spatial[2:4] = "where", 4
    engine.server.scripted[sql.FIND_INDEXES] = [tuple(spatial)]
    with pytest.raises(WarehouseFailed, match="the index where of"):
        operation.warehouse.clone(source, operation.versioned(2))


@pytest.mark.parametrize(
    ("traits", "word"),
    [((2, 0, 0), "system-versioned"), ((0, 1, 0), "memory-optimised"), ((0, 0, 1), "external")],
)
def test_what_cannot_be_copied_is_refused(
    engine: SQLServerDoubleEngine,
    operation: Operation,
    source: RelationName,
    traits: tuple[int, int, int],
    word: str,
) -> None:
    engine.server.scripted[sql.FIND_TRAITS] = [(0, *traits)]
    there = operation.build(2)
    with pytest.raises(WarehouseFailed, match=word):
        operation.warehouse.clone(source, there)
    assert engine.rows(there) == [(2, "orders")]


def test_names_that_are_taken_are_left_to_the_server(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    source = operation.build(1)
    columns = [list(row) for row in COLUMNS[2:3]]
    columns[0][2:7] = "int", None, 4, 10, 0
    engine.server.scripted[sql.FIND_DEFINITION] = [tuple(row) for row in columns]
    for schema, name in (("other", "[d]"), ("rewind_gold", "DEFAULT ((0))")):
        target = RelationName("shop", schema, "copy")
        engine.create_table(RelationName("shop", "rewind_gold", "d"), [])
        operation.warehouse.clone(source, target)
        (made,) = [text for text in engine.server.log if f"CREATE TABLE [{schema}].[copy]" in text]
        assert name in made
        assert ("CONSTRAINT" in made) == (schema == "other")


def test_drops_follow_foreign_keys_and_views(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    parent, child = operation.build(1, "parent"), operation.build(1, "child")
    view = operation.versioned(1, "a view")
    engine.create_view(view, parent)
    engine.server.scripted[catalogue.FIND_PARENTS] = [
        (sorted([parent, child, view]).index(child), parent.schema, parent.name)
    ]
    names = sorted([parent, child, view])
    operation.warehouse.drop(names)
    dropped = [text for text in engine.server.log if text.startswith("DROP ")]
    at = {
        name: next(n for n, text in enumerate(dropped) if name in text)
        for name in ("[parent", "[child", "[a view")
    }
    assert at["[child"] < at["[parent"]
    assert at["[a view"] < at["[parent"]
    assert dropped[-1] == "DROP SCHEMA [rewind_gold];"


def test_what_holds_a_table_is_named(engine: SQLServerDoubleEngine, operation: Operation) -> None:
    table = operation.build(1)
    engine.server.scripted[catalogue.FIND_BOUND] = [(0, "reports", "bound")]
    engine.server.fail("DROP TABLE", 3729)
    with pytest.raises(WarehouseFailed) as raised:
        operation.warehouse.drop([table])
    assert raised.value.problem == "reports.bound is made on it WITH SCHEMABINDING"
    assert engine.rows(table) == [(1, "orders")]


def test_a_drop_waits_for_readers_as_long_as_it_may(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    table = operation.build(1)
    engine.server.fail("DROP TABLE", 1222)
    operation.warehouse.drop([table])
    table = operation.build(1)
    engine.server.fail("DROP TABLE", 1222, times=1000)
    with pytest.raises(WarehouseFailed, match="others use them: session 57"):
        operation.warehouse.drop([table])


def test_a_bound_table_is_not_renamed(engine: SQLServerDoubleEngine, operation: Operation) -> None:
    table = operation.build(1)
    engine.server.scripted[catalogue.FIND_BOUND] = [(0, "reports", "bound")]
    with pytest.raises(WarehouseFailed, match=r"bound by reports\.bound"):
        operation.warehouse.commit(
            operation.event(),
            operation.lease,
            relocations=[Relocation(table, operation.versioned(2))],
        )
