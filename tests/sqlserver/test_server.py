"""What only a server can say. Runs where REWIND_TEST_SQLSERVER leads to one, and is skipped,
loudly, where it does not: see `pytest_terminal_summary` in tests/conftest.py."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conformance.operation import Operation
from tests.sqlserver import server
from tests.sqlserver.engines import SQLServerEngine
from tests.sqlserver.statements import COLUMNSTORE, HEAP, RICH, TYPES
from tests.sqlserver.test_publish_sequence import OVER, RECENT

from dbt_rewind.errors import DependentsInTheWay, PublishBlocked, WarehouseFailed
from dbt_rewind.model import Patience, RelationName
from dbt_rewind.warehouse.sqlserver import SQLServerWarehouse, open_sqlserver
from dbt_rewind.warehouse.sqlserver_copy import definition_of
from dbt_rewind.warehouse.sqlserver_errors import number_of
from dbt_rewind.warehouse.sqlserver_settings import SqlServerSettings
from dbt_rewind.warehouse.sqlserver_sql import qualified
from dbt_rewind.warehouse.sqlserver_table import TableDefinition, after_rows, before_rows

if server.connection_string() is None:
    pytest.skip(server.HOW, allow_module_level=True)

NOT_MADE_BY_DBT = ("timestamp", "[dbo].[Flag]", "sysname")


@pytest.fixture
def engine() -> Iterator[SQLServerEngine]:
    made = SQLServerEngine()
    yield made
    made.close()


@pytest.fixture
def operation(engine: SQLServerEngine) -> Iterator[Operation]:
    warehouse = engine.open()
    warehouse.prepare()
    made = Operation(engine, warehouse)
    for release in (1, 2):
        made.build(release)
    made.publish(made.move(None, 1))
    yield made
    warehouse.close()


def opened(engine: SQLServerEngine, patience: Patience) -> SQLServerWarehouse:
    settings = SqlServerSettings(server.leading_to(engine.database), place="the test's server")
    return open_sqlserver(settings, read_only=False, patience=patience)


def without_names(table: TableDefinition) -> TableDefinition:
    """The definition with what the server chooses left out."""
    return replace(
        table,
        columns=tuple(replace(each, default_name=None) for each in table.columns),
        indexes=tuple(
            replace(each, name=None if each.constraint else each.name) for each in table.indexes
        ),
        checks=tuple(replace(each, name=None) for each in table.checks),
    )


@pytest.mark.parametrize("table", [RICH, HEAP, COLUMNSTORE], ids=["rich", "heap", "columnstore"])
def test_a_clone_has_all_that_the_table_has(
    engine: SQLServerEngine, operation: Operation, table: TableDefinition
) -> None:
    source, target = operation.versioned(1, "full"), operation.versioned(2, "full")
    session = operation.warehouse._session  # type: ignore[attr-defined]
    # Nobody has made these for us.
    plain = replace(
        table, space=None, indexes=tuple(replace(each, space=None) for each in table.indexes)
    )
    for statement in (*before_rows(source, plain), *after_rows(source, plain)):
        session.run("making the table", statement)
    found = definition_of(session, "reading", source)
    operation.warehouse.clone(source, target)
    assert without_names(definition_of(session, "reading", target)) == without_names(found)


def test_rows_of_every_type_have_a_fingerprint(
    engine: SQLServerEngine, operation: Operation
) -> None:
    name = operation.versioned(1, "types")
    types = [each for each in TYPES if each not in NOT_MADE_BY_DBT]
    columns = ", ".join(f"c{at} {type_text} NULL" for at, type_text in enumerate(types))
    engine._run(f"CREATE TABLE {qualified(name)} (id int, {columns});")
    empty = operation.warehouse.measure(name, fingerprint=True)
    engine._run(f"INSERT INTO {qualified(name)} (id) VALUES (1);")
    one = operation.warehouse.measure(name, fingerprint=True, totals=["id"])
    assert (empty.rows, one.rows, one.columns[0].total) == (0, 1, "1")
    assert empty.fingerprint != one.fingerprint


def test_numbers_reach_us(engine: SQLServerEngine, operation: Operation) -> None:
    session = operation.warehouse._session  # type: ignore[attr-defined]
    for statement, number in (
        ("SELECT * FROM gold.missing;", 208),
        ("SELECT missing FROM gold.orders;", 207),
        ("SELEC 1;", 102),
        ("SELECT 1 / 0;", 8134),
        ("SELECT '100 %' + 1;", 245),
    ):
        with pytest.raises(WarehouseFailed) as raised:
            session.rows("a test", statement)
        assert number_of(raised.value) == number


def test_a_reader_delays_us_and_is_named(engine: SQLServerEngine, operation: Operation) -> None:
    patience = Patience(timedelta(milliseconds=200), timedelta(seconds=3))
    impatient = opened(engine, patience)
    reader = server.connected(engine.database)
    cursor = reader.cursor()
    cursor.execute("BEGIN TRANSACTION;")
    # A lock on the view itself, as a reader's own has it for as long as it compiles.
    cursor.execute("ALTER VIEW [gold].[orders] AS SELECT * FROM [rewind_gold].[orders__r1];")
    try:
        with pytest.raises(PublishBlocked) as raised:
            impatient.commit(operation.event(), operation.lease, moves=[operation.move(1, 2)])
        assert "session" in raised.value.sessions[0]
    finally:
        cursor.execute("ROLLBACK TRANSACTION;")
        reader.close()
    impatient.commit(operation.event(), operation.lease, moves=[operation.move(1, 2)])
    assert engine.rows(operation.pointer()) == [(2, "orders")]
    impatient.close()


def test_readers_see_one_release_or_another(engine: SQLServerEngine, operation: Operation) -> None:
    for release in (1, 2):
        operation.build(release, "lines")
    operation.publish(operation.move(None, 1, "lines"))
    mixed: list[tuple[object, ...]] = []
    done = threading.Event()

    def read() -> None:
        connection = server.connected(engine.database)
        cursor = connection.cursor()
        while not done.is_set():
            cursor.execute("SELECT o.id, l.id FROM gold.orders AS o CROSS JOIN gold.lines AS l;")
            mixed.extend(tuple(row) for row in cursor.fetchall() if row[0] != row[1])
        connection.close()

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(25):
        for before, after in ((1, 2), (2, 1)):
            operation.publish(operation.move(before, after), operation.move(before, after, "lines"))
    done.set()
    for reader in readers:
        reader.join()
    assert mixed == []


def test_views_of_others_follow(engine: SQLServerEngine, operation: Operation) -> None:
    wider = operation.versioned(3)
    engine._run(f"CREATE TABLE {qualified(wider)} (new int, id int, label nvarchar(400));")
    engine._run(f"INSERT INTO {qualified(wider)} VALUES (7, 3, N'orders');")
    engine.create_view(RECENT, operation.pointer())
    engine.create_view(OVER, RECENT)
    for before, after, row in (
        (1, 3, (7, 3, "orders")),
        (3, 1, (1, "orders")),
        (1, 3, (7, 3, "orders")),
    ):
        operation.publish(operation.move(before, after))
        assert engine.rows(OVER) == [row]


def test_a_view_that_loses_its_column_stops_the_publish(
    engine: SQLServerEngine, operation: Operation
) -> None:
    narrow = operation.versioned(3)
    engine._run(f"CREATE TABLE {qualified(narrow)} (id int);")
    reader = RelationName(engine.database, "reports", "labels")
    engine._run("CREATE SCHEMA reports;")
    engine._run(f"CREATE VIEW {qualified(reader)} AS SELECT label FROM gold.orders;")
    with pytest.raises(DependentsInTheWay) as raised:
        operation.publish(operation.move(1, 3))
    assert "reports.labels" in raised.value.problems[0]
    assert "label" in raised.value.problems[0]
    assert engine.rows(operation.pointer()) == [(1, "orders")]


def test_permissions_stay(engine: SQLServerEngine, operation: Operation) -> None:
    engine._run("CREATE USER reader WITHOUT LOGIN;")
    engine._run("GRANT SELECT ON OBJECT::gold.orders TO reader;")
    for before, after in ((1, 2), (2, 1), (1, 2)):
        operation.publish(operation.move(before, after))
        engine._run("EXECUTE AS USER = 'reader';")
        assert engine.rows(operation.pointer()) == [(after, "orders")]
        engine._run("REVERT;")
