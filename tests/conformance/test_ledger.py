"""Events: what comes back, when it is refused, and what holds where there is no ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.conformance.engines import Engine
from tests.conformance.operation import ALIVE, MINUTE, NOW, Operation

from dbt_rewind.errors import LedgerTooNew, LiveChanged, WarehouseError
from dbt_rewind.model import GENESIS, EventKind, event_hash, next_event
from dbt_rewind.warehouse.protocol import LEDGER_VERSION, Warehouse

PAYLOAD = {
    "text": "quote ' \" back \\ nul \x00 newline \n snow ☃ lone \ud800",
    "numbers": [0, -1, 2**53, 1.5, 1e300, 0.1],
    "nested": {"b": {"a": None}, "a": [True, False, {}]},
    "empty": "",
}


def test_events_equal_what_was_appended(operation: Operation) -> None:
    event = operation.event(PAYLOAD)
    operation.warehouse.commit(event, operation.lease)
    (found,) = operation.warehouse.events("prod")
    assert found == event
    assert list(found.payload) == list(PAYLOAD)


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 12, 30, 15, 1, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_hash_still_fits_after_the_round_trip(operation: Operation, at: datetime) -> None:
    event = next_event(None, "prod", at, EventKind.STARTED, {})
    operation.warehouse.commit(event, operation.lease)
    (found,) = operation.warehouse.events("prod")
    assert found.hash == event_hash(
        found.environment,
        found.sequence,
        found.at,
        found.kind,
        found.version,
        found.payload,
        found.previous_hash,
    )


def test_events_come_oldest_first_and_after_a_sequence(operation: Operation) -> None:
    appended = tuple(operation.publish() for _ in range(4))
    assert operation.warehouse.events("prod") == appended
    assert operation.warehouse.events("prod", after=2) == appended[2:]
    assert operation.warehouse.events("prod", after=4) == ()


def test_environments_have_chains_of_their_own(operation: Operation) -> None:
    first = operation.publish()
    lease = operation.warehouse.acquire_lease("dev", ALIVE, NOW, MINUTE)
    other = next_event(None, "dev", NOW, EventKind.PUBLISHED, {})
    operation.warehouse.commit(other, lease)
    assert operation.warehouse.events("prod") == (first,)
    assert operation.warehouse.events("dev") == (other,)


def test_invariant_4_two_openings_cannot_follow_the_same_event(
    engine: Engine, operation: Operation
) -> None:
    operation.publish()
    other = engine.open()
    ours, theirs = operation.event({"by": "us"}), operation.event({"by": "them"})
    assert ours.previous_hash == theirs.previous_hash
    other.commit(theirs, operation.lease)
    with pytest.raises(LiveChanged) as raised:
        operation.warehouse.commit(ours, operation.lease)
    assert raised.value.environment == "prod"
    assert operation.warehouse.events("prod")[-1] == theirs
    other.close()


def test_invariant_4_an_event_must_follow_the_last(operation: Operation) -> None:
    first = operation.publish()
    skipped = next_event(operation.event(), "prod", NOW, EventKind.PUBLISHED, {})
    beginning = next_event(None, "prod", NOW, EventKind.PUBLISHED, {"anew": True})
    for wrong in (skipped, beginning, first):
        with pytest.raises(LiveChanged):
            operation.warehouse.commit(wrong, operation.lease)
    assert operation.warehouse.events("prod") == (first,)


def test_the_first_event_follows_nothing(operation: Operation) -> None:
    assert operation.publish().previous_hash == GENESIS
    later = operation.event()
    assert later.sequence == 2


def test_without_a_ledger_everything_is_empty(engine: Engine) -> None:
    warehouse = engine.open()
    assert warehouse.events("prod") == ()
    assert warehouse.lease("prod") is None
    assert warehouse.artifact("0" * 64) is None
    warehouse.close()


def test_without_a_ledger_nothing_can_be_acquired(engine: Engine) -> None:
    warehouse = engine.open()
    with pytest.raises(WarehouseError):
        warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    warehouse.close()


def test_prepare_may_be_repeated(operation: Operation) -> None:
    event = operation.publish()
    operation.warehouse.prepare()
    assert operation.warehouse.events("prod") == (event,)
    assert operation.warehouse.lease("prod") == operation.lease


def test_a_newer_ledger_is_refused(engine: Engine, warehouse: Warehouse) -> None:
    engine.write_ledger_version(LEDGER_VERSION + 1)
    with pytest.raises(LedgerTooNew) as raised:
        warehouse.prepare()
    assert (raised.value.found, raised.value.known) == (LEDGER_VERSION + 1, LEDGER_VERSION)
    with pytest.raises(LedgerTooNew):
        warehouse.events("prod")


def test_read_only_reads_and_does_not_write(engine: Engine, operation: Operation) -> None:
    event = operation.publish()
    operation.warehouse.close()
    reader = engine.open(read_only=True)
    assert reader.events("prod") == (event,)
    reader.prepare()
    with pytest.raises(WarehouseError):
        reader.release_lease(operation.lease)
    with pytest.raises(WarehouseError):
        reader.commit(next_event(event, "prod", NOW, EventKind.STARTED, {}), operation.lease)
    reader.close()


def test_a_closed_warehouse_refuses_and_may_be_closed_again(warehouse: Warehouse) -> None:
    warehouse.close()
    warehouse.close()
    with pytest.raises(WarehouseError):
        warehouse.events("prod")
