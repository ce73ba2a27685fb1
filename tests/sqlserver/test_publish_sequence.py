"""What a publish sends, in which order and in which transaction, and what it does when the server
says no: tried on the stand-in, which judges no SQL."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conformance.operation import Operation
from tests.sqlserver.double import Fault, Thrown
from tests.sqlserver.engines import BRIEF, SQLServerDoubleEngine
from tests.sqlserver.test_golden import parsed_by_sqlfluff, parsed_by_sqlglot

from dbt_rewind.errors import (
    ConnectionLost,
    DependentsInTheWay,
    DiskFull,
    PermissionMissing,
    PointerDrifted,
    PublishBlocked,
    WarehouseFailed,
)
from dbt_rewind.model import Health, Needs, RelationName
from dbt_rewind.warehouse import sqlserver_ledger_sql as ledger

REPLACE = "CREATE OR ALTER VIEW"
RECENT = RelationName("shop", "reports", "recent")
OVER = RelationName("shop", "reports", "over recent")


@pytest.fixture
def engine() -> Iterator[SQLServerDoubleEngine]:
    made = SQLServerDoubleEngine()
    yield made
    made.close()


@pytest.fixture
def operation(engine: SQLServerDoubleEngine) -> Operation:
    warehouse = engine.open()
    warehouse.prepare()
    made = Operation(engine, warehouse)
    for release in (1, 2):
        made.build(release)
    made.publish(made.move(None, 1))
    engine.server.log.clear()
    return made


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, on a clock that nothing else moves."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(time, "monotonic", lambda: sum(waited))
    return waited


def writes(engine: SQLServerDoubleEngine) -> list[str]:
    """What of the log is no reading, in short."""
    return [text.split("\n")[0] for text in engine.server.log if not is_reading(text)]


def is_reading(text: str) -> bool:
    return bool(re.match(r"SELECT|WITH|DECLARE @result", text))


def test_everything_is_in_one_transaction_and_the_views_come_last(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    operation.publish(operation.move(1, 2), artifacts=[b"content"])
    assert writes(engine) == [
        "BEGIN",
        ledger.INSERT_ARTIFACT.split("\n")[0],
        "CREATE OR ALTER VIEW [gold].[orders] AS SELECT * FROM [rewind_gold].[orders__r2];",
        ledger.INSERT_EVENT.split("\n")[0],
        "COMMIT",
    ]
    log = engine.server.log
    assert log.index(ledger.TAKE_LOCK) < log.index(ledger.HOLDS_LEASE)
    assert log.index(ledger.SELECT_LAST) < min(at for at, text in enumerate(log) if REPLACE in text)


def test_forward_back_and_forward(engine: SQLServerDoubleEngine, operation: Operation) -> None:
    for before, after in ((1, 2), (2, 1), (1, 2)):
        operation.publish(operation.move(before, after))
        assert engine.rows(operation.pointer()) == [(after, "orders")]


def test_all_that_was_sent_is_t_sql(engine: SQLServerDoubleEngine, operation: Operation) -> None:
    engine.create_view(RECENT, operation.pointer())
    wider(engine, operation)
    operation.publish(operation.move(1, 2))
    operation.warehouse.clone(operation.versioned(1), operation.versioned(3))
    operation.warehouse.drop([operation.versioned(3)])
    sent = {text for text in engine.server.log if text not in ("BEGIN", "COMMIT", "ROLLBACK")}
    assert len(sent) > 20
    assert [t for t in sent if not parsed_by_sqlglot(t) and not parsed_by_sqlfluff(t)] == []


def test_a_lock_that_is_not_given_is_asked_for_again(
    engine: SQLServerDoubleEngine, operation: Operation, pauses: list[float]
) -> None:
    for number in (1222, 1205, 40613):
        engine.server.fail(REPLACE, number)
    patient = engine.open(patience=replace(BRIEF, wait=timedelta(minutes=1)))
    patient.commit(operation.event(), operation.lease, moves=[operation.move(1, 2)])
    assert [text for text in engine.server.log if text in ("BEGIN", "COMMIT", "ROLLBACK")][-8:] == [
        *("BEGIN", "ROLLBACK") * 3,
        "BEGIN",
        "COMMIT",
    ]
    timeout = BRIEF.lock_timeout.total_seconds()
    assert len(pauses) == 3
    assert all(timeout <= pause <= 3 * timeout for pause in pauses)
    assert engine.rows(operation.pointer()) == [(2, "orders")]


def test_after_all_patience_it_says_who_is_in_the_way(
    engine: SQLServerDoubleEngine, operation: Operation, pauses: list[float]
) -> None:
    engine.server.fail(REPLACE, 1222, times=1000)
    told: list[str] = []
    impatient = engine.open(patience=replace(BRIEF, tell=told.append))
    event = operation.event()
    with pytest.raises(PublishBlocked) as raised:
        impatient.commit(event, operation.lease, moves=[operation.move(1, 2)])
    assert raised.value.sessions == (
        "session 57 (ada, reports on desk) uses gold.orders: running, last request at"
        " 2026-01-01 09:00:00",
    )
    assert told == [f"waiting: {raised.value.sessions[0]}"]
    assert raised.value.waited == f"{sum(pauses):.1f} s"
    assert sum(pauses) <= BRIEF.wait.total_seconds() < sum(pauses) + 3 * 0.01
    assert engine.rows(operation.pointer()) == [(1, "orders")]
    assert len(operation.warehouse.events("prod")) == 1


def test_who_it_is_may_not_be_known(engine: SQLServerDoubleEngine, operation: Operation) -> None:
    engine.server.fail(REPLACE, 1222, times=1000)
    engine.server.fail("sys.dm_tran_locks", 300, times=1000)
    with pytest.raises(PublishBlocked) as raised:
        operation.publish(operation.move(1, 2))
    assert "VIEW DATABASE STATE" in raised.value.sessions[0]


@pytest.mark.parametrize(("number", "kind"), [(229, PermissionMissing), (1105, DiskFull)])
def test_an_error_that_will_not_pass_is_told_at_once(
    engine: SQLServerDoubleEngine, operation: Operation, number: int, kind: type[Exception]
) -> None:
    engine.server.fail(REPLACE, number)
    with pytest.raises(kind) as raised:
        operation.publish(operation.move(1, 2))
    if isinstance(raised.value, PermissionMissing):
        assert raised.value.doing == "moving gold.orders"
    assert engine.rows(operation.pointer()) == [(1, "orders")]


def test_of_many_it_says_which_one_failed(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    names = [f"model_{number}" for number in range(5)]
    for name in names:
        operation.build(1, name)
    engine.server.fail("[gold].[model_3] AS", 4502)
    with pytest.raises(WarehouseFailed) as raised:
        operation.publish(*(operation.move(None, 1, name) for name in names))
    assert raised.value.doing == "moving gold.model_3"
    assert all(
        state.absent
        for state in operation.warehouse.pointers(list(map(operation.pointer, names))).values()
    )


def test_whoever_got_in_first_is_named(engine: SQLServerDoubleEngine, operation: Operation) -> None:
    """Between the look at the pointers and the lock on them, a stranger removes one."""

    def remove(text: str) -> bool:
        if REPLACE in text:
            engine.server.meanwhile(lambda contents: contents.things.pop(("gold", "orders")))
        return REPLACE in text

    engine.server.faults.append(Fault(remove, Thrown(3701, "Cannot drop the view.")))
    with pytest.raises(PointerDrifted) as raised:
        operation.publish(operation.move(1, 2))
    assert raised.value.found == "missing"


def test_lost_in_the_commit_but_committed(
    engine: SQLServerDoubleEngine, operation: Operation, pauses: list[float]
) -> None:
    engine.server.lose("COMMIT", after=True)
    event = operation.publish(operation.move(1, 2))
    assert operation.warehouse.events("prod")[-1] == event
    assert engine.rows(operation.pointer()) == [(2, "orders")]
    assert engine.server.connections == 2
    operation.publish(operation.move(2, 1))  # the connection is another one, and works


def test_lost_in_the_commit_and_undone(
    engine: SQLServerDoubleEngine, operation: Operation, pauses: list[float]
) -> None:
    engine.server.lose("COMMIT", after=False)
    with pytest.raises(ConnectionLost):
        operation.publish(operation.move(1, 2))
    assert engine.rows(operation.pointer()) == [(1, "orders")]
    assert len(operation.warehouse.events("prod")) == 1
    operation.publish(operation.move(1, 2))


def test_lost_in_the_commit_and_no_server_to_ask(
    engine: SQLServerDoubleEngine, operation: Operation, pauses: list[float]
) -> None:
    engine.server.lose("COMMIT", after=True)
    for _ in range(10):
        engine.server.lose("connect", after=False)
    with pytest.raises(ConnectionLost) as raised:
        operation.publish(operation.move(1, 2))
    assert "not known" in raised.value.message
    assert len(pauses) == 4


def wider(engine: SQLServerDoubleEngine, operation: Operation) -> None:
    """Gives the second release a column more."""
    made = engine.thing(operation.versioned(2))
    made.columns = [("new", "int"), *made.columns]
    made.rows = [(7, *row) for row in made.rows]


def test_views_of_others_are_refreshed_each_after_what_it_reads(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    engine.create_view(OVER, operation.pointer())
    engine.create_view(RECENT, operation.pointer())
    engine.create_view(OVER, RECENT)
    wider(engine, operation)
    for before, after, number in ((1, 2, 3), (2, 1, 2), (1, 2, 3)):
        engine.server.log.clear()
        operation.publish(operation.move(before, after))
        refreshed = [text for text in engine.server.log if "sp_refreshsqlmodule" in text]
        assert ["over recent" in text for text in refreshed] == [False, True]
        assert [len(engine.thing(name).columns) for name in (RECENT, OVER)] == [number, number]


def test_views_of_others_are_left_alone_where_columns_stay(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    engine.create_view(RECENT, operation.pointer())
    operation.publish(operation.move(1, 2))
    assert not any("sp_refreshsqlmodule" in text for text in engine.server.log)


def test_a_pointer_to_what_was_written_on_in_place_is_refreshed(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    engine.create_view(RECENT, operation.pointer())
    written = engine.thing(operation.versioned(1))
    written.columns = [("new", "int"), *written.columns]
    assert len(engine.thing(operation.pointer()).columns) == 2
    operation.publish()
    for name in (operation.pointer(), RECENT):
        assert engine.thing(name).columns == written.columns
    engine.server.log.clear()
    operation.publish()
    assert not any("sp_refreshsqlmodule" in text for text in engine.server.log)


def test_a_view_that_cannot_be_refreshed_stops_the_publish(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    engine.create_view(RECENT, operation.pointer())
    wider(engine, operation)
    engine.server.fail("sp_refreshsqlmodule", 207)
    with pytest.raises(DependentsInTheWay) as raised:
        operation.publish(operation.move(1, 2))
    assert raised.value.problems == (
        "refreshing reports.recent, which reads gold.orders, fails: error 207",
    )
    assert engine.rows(operation.pointer()) == [(1, "orders")]


def test_a_pointer_that_others_read_does_not_end(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    engine.create_view(RECENT, operation.pointer())
    with pytest.raises(DependentsInTheWay) as raised:
        operation.publish(operation.move(1, None))
    assert raised.value.problems == (
        "reports.recent reads gold.orders, which the release has no more",
    )


@pytest.mark.parametrize("replaces_views", [True, False])
def test_permissions_and_properties_stay(replaces_views: bool) -> None:
    engine = SQLServerDoubleEngine(replaces_views=replaces_views)
    warehouse = engine.open()
    warehouse.prepare()
    operation = Operation(engine, warehouse)
    for release in (1, 2):
        operation.build(release, comment=f"release {release}")
    operation.publish(operation.move(None, 1))
    permissions = {
        (None, "SELECT", "reader", "G"),
        ("id", "SELECT", "analyst", "W"),
        (None, "VIEW DEFINITION", "guest", "D"),
    }
    pointer = engine.thing(operation.pointer())
    pointer.permissions = set(permissions)
    pointer.properties[None, "Owner"] = "sales"
    pointer.properties["id", "Unit"] = "pieces"
    for before, after in ((1, 2), (2, 1), (1, 2)):
        operation.publish(operation.move(before, after))
        is_now = engine.thing(operation.pointer())
        assert is_now.permissions == permissions
        assert is_now.properties == {
            (None, "Owner"): "sales",
            ("id", "Unit"): "pieces",
            (None, "MS_Description"): f"release {after}",
        }
    engine.close()


def test_a_new_schema_is_given_to_whom_the_pointers_belong(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    engine.server.contents.schemas["rewind_gold"] = ("rewind_gold", "deployer")
    operation.publish(operation.move(1, 2))
    owned = "ALTER AUTHORIZATION ON SCHEMA::[rewind_gold] TO [dbo];"
    assert engine.server.log.index(owned) < engine.server.log.index("BEGIN")


def test_nothing_goes_on_in_a_transaction_that_has_failed(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    session = operation.warehouse._session  # type: ignore[attr-defined]

    def swallow_an_error() -> None:
        with session.transaction("a test"):
            with suppress(WarehouseFailed):
                session.rows("asking", "SELECT * FROM gold.missing")
            with suppress(WarehouseFailed):
                session.run("writing all the same", "CREATE SCHEMA [left];")

    with pytest.raises(WarehouseFailed) as raised:
        swallow_an_error()
    assert raised.value.problem == "the transaction has failed before"
    assert "left" not in engine.server.contents.schemas
    session.run("going on", "CREATE SCHEMA [left];")


@pytest.mark.parametrize(
    ("denied", "grant"),
    [
        ("CREATE VIEW", "GRANT CREATE VIEW TO [us]"),
        ("CREATE TABLE", "GRANT CREATE TABLE TO [us]"),
        ("VIEW DEFINITION", "GRANT VIEW DEFINITION TO [us]"),
        ("SELECT ON DEPENDENCIES", "GRANT SELECT ON OBJECT::sys.sql_expression_dependencies"),
        ("ALTER ON SCHEMA", "GRANT ALTER ON SCHEMA::[gold] TO [us]"),
        ("CREATE SCHEMA", "GRANT CREATE SCHEMA TO [us]"),
        ("SELECT", "GRANT SELECT ON OBJECT::[rewind_gold].[orders__r1] TO [us]"),
    ],
)
def test_what_is_not_allowed_is_told_beforehand(
    engine: SQLServerDoubleEngine, operation: Operation, denied: str, grant: str
) -> None:
    needs = Needs(
        makes=(operation.pointer(), RelationName("shop", "new", "orders")),
        reads=(operation.versioned(1),),
    )
    operation.warehouse.require_permitted(needs)
    engine.server.denied.add(denied)
    with pytest.raises(PermissionMissing) as raised:
        operation.warehouse.require_permitted(needs)
    assert any(found.startswith(grant) for found in raised.value.grants)


def test_dropping_needs_the_schema_or_the_relation(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    needs = Needs(drops=(operation.versioned(1),), ends=True)
    engine.server.denied.add("ALTER ON SCHEMA")
    operation.warehouse.require_permitted(needs)
    engine.server.denied.add("CONTROL")
    with pytest.raises(PermissionMissing) as raised:
        operation.warehouse.require_permitted(needs)
    assert raised.value.grants == ("GRANT ALTER ON SCHEMA::[rewind_gold] TO [us]",)


def test_a_doctor_finds_what_is_missing(
    engine: SQLServerDoubleEngine, operation: Operation
) -> None:
    found = {each.name: each for each in operation.warehouse.examine(())}
    assert [each.health.value for each in found.values()] == ["ok"] * 5
    assert "tried and taken back: make schemas" in found["permissions"].found
    engine.server.denied.add("CREATE TABLE")
    found = {each.name: each for each in operation.warehouse.examine(())}
    assert found["permissions"].health is Health.PROBLEM
    assert "GRANT CREATE TABLE TO [us]" in found["permissions"].fix


def test_what_everybody_may_do(engine: SQLServerDoubleEngine, operation: Operation) -> None:
    pointer = operation.pointer()
    found = engine.server.find(pointer.schema, pointer.name)
    assert found is not None
    found.permissions |= {
        (None, "SELECT", "public", "W"),
        ("label", "UPDATE", "public", "G"),
        (None, "DELETE", "public", "D"),
        (None, "INSERT", "reader", "G"),
    }
    asked = [pointer, operation.pointer("absent")]
    assert operation.warehouse.public_grants(asked) == {pointer: {"SELECT", "UPDATE (label)"}}
