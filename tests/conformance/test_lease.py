"""Invariant 5: at most one operation an environment; the fence grows with every holder."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.conformance.engines import Engine
from tests.conformance.operation import ALIVE, ELSEWHERE, ENDED, MINUTE, NOW, Operation

from dbt_rewind.errors import LeaseLost, LockHeld
from dbt_rewind.model import Lease, Owner
from dbt_rewind.warehouse.protocol import Warehouse


def test_a_lease_is_as_it_was_acquired(warehouse: Warehouse) -> None:
    lease = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    assert lease == Lease("prod", ALIVE, 1, NOW, NOW + MINUTE)
    assert warehouse.lease("prod") == lease


def test_nobody_holds_an_unknown_or_released_lease(warehouse: Warehouse) -> None:
    assert warehouse.lease("prod") is None
    warehouse.release_lease(warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE))
    assert warehouse.lease("prod") is None


@pytest.mark.parametrize("owner", [ALIVE, ELSEWHERE])
def test_a_held_lease_cannot_be_taken(engine: Engine, warehouse: Warehouse, owner: Owner) -> None:
    held = warehouse.acquire_lease("prod", owner, NOW, MINUTE)
    other = engine.open()
    with pytest.raises(LockHeld) as raised:
        other.acquire_lease("prod", ALIVE, NOW + MINUTE / 2, MINUTE)
    assert raised.value.environment == "prod"
    assert raised.value.holder == str(owner)
    assert raised.value.since == "2026-01-02 03:04:05 UTC"
    assert warehouse.lease("prod") == held
    other.close()


def test_the_lease_of_an_ended_process_can_be_taken(warehouse: Warehouse) -> None:
    warehouse.acquire_lease("prod", ENDED, NOW, MINUTE)
    assert warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE).fence == 2


@pytest.mark.parametrize("owner", [ALIVE, ELSEWHERE])
def test_an_expired_lease_can_be_taken_from_anybody(warehouse: Warehouse, owner: Owner) -> None:
    warehouse.acquire_lease("prod", owner, NOW, MINUTE)
    taken = warehouse.acquire_lease("prod", ALIVE, NOW + MINUTE, MINUTE)
    assert taken.fence == 2


def test_the_fence_grows_across_release(warehouse: Warehouse) -> None:
    fences = []
    for _ in range(3):
        lease = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
        fences.append(lease.fence)
        warehouse.release_lease(lease)
    assert fences == [1, 2, 3]


def test_environments_have_leases_of_their_own(warehouse: Warehouse) -> None:
    warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    assert warehouse.acquire_lease("dev", ALIVE, NOW, MINUTE).fence == 1


def test_renewing_prolongs(warehouse: Warehouse) -> None:
    lease = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    renewed = warehouse.renew_lease(lease, NOW + MINUTE, MINUTE)
    assert renewed == replace(lease, expires_at=NOW + 2 * MINUTE)
    assert warehouse.lease("prod") == renewed


def test_an_expired_lease_that_nobody_took_can_be_renewed(warehouse: Warehouse) -> None:
    lease = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    late = NOW + 10 * MINUTE
    assert warehouse.renew_lease(lease, late, MINUTE).expires_at == late + MINUTE


def test_a_taken_lease_can_be_neither_renewed_nor_released(
    engine: Engine, warehouse: Warehouse
) -> None:
    ours = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    other = engine.open()
    theirs = other.acquire_lease("prod", ALIVE, NOW + MINUTE, MINUTE)
    with pytest.raises(LeaseLost) as raised:
        warehouse.renew_lease(ours, NOW, MINUTE)
    assert raised.value.environment == "prod"
    warehouse.release_lease(ours)
    assert other.lease("prod") == theirs
    other.close()


def test_a_released_lease_cannot_be_renewed(warehouse: Warehouse) -> None:
    lease = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    warehouse.release_lease(lease)
    warehouse.release_lease(lease)
    with pytest.raises(LeaseLost):
        warehouse.renew_lease(lease, NOW, MINUTE)


def test_a_stale_process_cannot_publish(engine: Engine, operation: Operation) -> None:
    operation.build(1)
    other = engine.open()
    other.acquire_lease("prod", ALIVE, NOW + MINUTE, MINUTE)
    with pytest.raises(LeaseLost):
        operation.publish(operation.move(None, 1))
    assert operation.leads_to() is None
    assert operation.warehouse.events("prod") == ()
    other.close()


def test_a_released_lease_does_not_publish(operation: Operation) -> None:
    operation.warehouse.release_lease(operation.lease)
    with pytest.raises(LeaseLost):
        operation.publish()
    assert operation.warehouse.events("prod") == ()


def test_a_lease_on_another_environment_does_not_publish(operation: Operation) -> None:
    held = operation.warehouse.acquire_lease("dev", ALIVE, NOW, MINUTE)
    for lease in (held, replace(operation.lease, environment="staging")):
        with pytest.raises(LeaseLost) as raised:
            operation.warehouse.commit(operation.event(), lease)
        assert raised.value.environment == "prod"
    assert operation.warehouse.events("prod") == ()


def test_an_expired_lease_that_nobody_took_still_publishes(operation: Operation) -> None:
    expired = operation.warehouse.renew_lease(operation.lease, NOW - 10 * MINUTE, MINUTE)
    event = operation.event()
    operation.warehouse.commit(event, expired)
    assert operation.warehouse.events("prod") == (event,)
