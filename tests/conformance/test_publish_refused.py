"""Invariant 2: a publish that cannot be whole leaves nothing behind, and says why."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import pytest
from tests.conformance.engines import Engine
from tests.conformance.operation import NOW, Operation

from dbt_rewind.errors import (
    LiveChanged,
    NotAtomic,
    PointerDrifted,
    PointerOccupied,
    RewindError,
    WarehouseError,
)
from dbt_rewind.model import EventKind, PointerMove, RelationKind, RelationName, next_event

Refusal = TypeVar("Refusal", bound=RewindError)


@pytest.fixture
def live(operation: Operation) -> Operation:
    """An operation after the publish of release 1 of `orders`, with release 2 built."""
    operation.build(1)
    operation.build(2)
    operation.build(1, "customers")
    operation.publish(operation.move(None, 1))
    return operation


def refused(operation: Operation, error: type[Refusal], moves: Sequence[PointerMove]) -> Refusal:
    """What a publish of these moves raises, after a look that it has changed nothing."""
    warehouse = operation.warehouse
    names = [move.pointer for move in moves]
    before = (warehouse.events("prod"), warehouse.pointers(names), warehouse.lease("prod"))
    with pytest.raises(error) as raised:
        operation.publish(*moves, artifacts=[b"not to be stored"])
    assert (warehouse.events("prod"), warehouse.pointers(names), warehouse.lease("prod")) == before
    assert warehouse.artifact(hashlib.sha256(b"not to be stored").hexdigest()) is None
    return raised.value


def test_drift_between_plan_and_publish(engine: Engine, live: Operation) -> None:
    engine.create_view(live.pointer(), live.versioned(1, "customers"))
    error = refused(live, PointerDrifted, [live.move(1, 2)])
    assert error.pointer == "gold.orders"
    assert error.expected == "rewind_gold.orders__r1"
    assert error.found == "rewind_gold.customers__r1"


def test_a_pointer_that_was_dropped_has_drifted(engine: Engine, live: Operation) -> None:
    engine.remove_view(live.pointer())
    error = refused(live, PointerDrifted, [live.move(1, 2)])
    assert error.found == "missing"


def test_a_pointer_that_should_not_be_there_has_drifted(live: Operation) -> None:
    error = refused(live, PointerDrifted, [live.move(None, 2)])
    assert error.expected == "nothing"
    assert error.found == "rewind_gold.orders__r1"


def test_a_pointer_to_be_dropped_must_lead_where_the_move_says(live: Operation) -> None:
    refused(live, PointerDrifted, [live.move(2, None)])


@pytest.mark.parametrize("before", [None, 1])
@pytest.mark.parametrize("kind", RelationKind)
def test_an_occupied_name(
    engine: Engine, live: Operation, kind: RelationKind, before: int | None
) -> None:
    if kind not in engine.kinds:
        pytest.skip(f"{engine.name} has no {kind.value}")
    pointer = live.pointer("customers")
    match kind:
        case RelationKind.TABLE:
            engine.create_table(pointer, [(7, "theirs")])
        case RelationKind.VIEW:
            engine.create_view(pointer, None)
        case RelationKind.MATERIALIZED_VIEW:
            engine.create_materialized_view(pointer, live.versioned(1))
    live.build(2, "customers")
    error = refused(live, PointerOccupied, [live.move(before, 2, "customers")])
    assert (error.pointer, error.kind) == ("gold.customers", kind.value)
    if kind is RelationKind.TABLE:
        assert engine.rows(pointer) == [(7, "theirs")]


def test_two_moves_of_one_pointer(live: Operation) -> None:
    refused(live, PointerOccupied, [live.move(1, 2), live.move(1, None)])


@pytest.mark.parametrize("position", range(3))
def test_a_failure_in_the_middle_leaves_nothing(live: Operation, position: int) -> None:
    moves = [live.move(1, 2), live.move(None, 1, "customers")]
    moves.insert(position, live.move(None, 9, "was_never_built"))
    refused(live, WarehouseError, moves)
    assert live.engine.rows(live.pointer()) == [(1, "orders")]


def test_the_lease_and_the_next_publish_survive_a_failure(live: Operation) -> None:
    refused(live, WarehouseError, [live.move(1, 9)])
    for before, after in ((1, 2), (2, 1), (1, 2)):
        live.publish(live.move(before, after))
    assert live.leads_to() == live.versioned(2)


def test_a_drifted_pointer_among_sound_ones_stops_all(live: Operation) -> None:
    refused(live, PointerDrifted, [live.move(None, 1, "customers"), live.move(2, 1)])


def test_a_changed_ledger_moves_nothing(live: Operation) -> None:
    stale = next_event(None, "prod", NOW, EventKind.PUBLISHED, {})
    with pytest.raises(LiveChanged):
        live.warehouse.commit(stale, live.lease, moves=[live.move(1, 2)], artifacts=[b"x"])
    assert live.leads_to() == live.versioned(1)


def test_pointers_in_two_databases(live: Operation) -> None:
    elsewhere = RelationName("elsewhere", "gold", "orders")
    moves = [live.move(1, 2), PointerMove(elsewhere, None, live.versioned(1))]
    names = [move.pointer for move in moves]
    live.warehouse.require_atomic(names[:1])
    with pytest.raises(NotAtomic):
        live.warehouse.require_atomic(names)
    error = refused(live, NotAtomic, moves)
    assert set(error.databases) == {"elsewhere", live.engine.database}
