"""Replaying events that a restored ledger has forgotten: all or none, and under the lease."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.conformance.operation import ELSEWHERE, MINUTE, NOW, Operation

from dbt_rewind.errors import LeaseLost, LiveChanged
from dbt_rewind.model import Event, EventKind, next_event
from dbt_rewind.warehouse.artifact_bytes import digest_of

CONTENT = b'{"people": []}'


def following(operation: Operation, number: int) -> Sequence[Event]:
    """So many events that follow what is in the ledger, each the one before it."""
    events: list[Event] = []
    head = operation.publish()
    for at in range(number):
        head = next_event(head, "prod", NOW, EventKind.PUBLISHED, {"at": at})
        events.append(head)
    return events


def test_all_are_there_and_no_pointer_moves(operation: Operation) -> None:
    operation.build(1)
    operation.publish(operation.move(None, 1))
    events = following(operation, 3)
    before = operation.warehouse.pointers([operation.pointer()])
    operation.warehouse.replay(events, operation.lease, artifacts=[CONTENT])
    assert operation.warehouse.events("prod")[-3:] == tuple(events)
    assert operation.warehouse.artifact(digest_of(CONTENT)) == CONTENT
    assert operation.warehouse.pointers([operation.pointer()]) == before


def test_none_is_there_where_one_does_not_follow(operation: Operation) -> None:
    first, _, third = following(operation, 3)
    before = operation.warehouse.events("prod")
    with pytest.raises(LiveChanged):
        operation.warehouse.replay([first, third], operation.lease)
    left = operation.warehouse.events("prod")
    whole = operation.warehouse.capabilities.transactional_ddl
    assert left == (before if whole else (*before, first))


def test_a_stale_process_replays_nothing(operation: Operation) -> None:
    events = following(operation, 2)
    before = operation.warehouse.events("prod")
    later = NOW + 2 * MINUTE
    operation.warehouse.acquire_lease("prod", ELSEWHERE, later, MINUTE)
    with pytest.raises(LeaseLost):
        operation.warehouse.replay(events, operation.lease)
    assert operation.warehouse.events("prod") == before
