"""What the tests share: times, owners, and an operation that holds the lease and publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conformance.engines import Engine

from dbt_rewind.model import (
    Event,
    EventKind,
    Lease,
    PointerMove,
    RelationName,
    next_event,
)
from dbt_rewind.warehouse.owner import current_owner
from dbt_rewind.warehouse.protocol import Warehouse

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALIVE = current_owner("ada", "deploy")
ENDED = replace(ALIVE, started="an earlier start")
ELSEWHERE = replace(ENDED, host="another host")


class Operation:
    """A holder of the lease on `prod` in one opening of a warehouse."""

    environment = "prod"

    def __init__(self, engine: Engine, warehouse: Warehouse) -> None:
        self.engine = engine
        self.warehouse = warehouse
        self.lease: Lease = warehouse.acquire_lease(self.environment, ALIVE, NOW, MINUTE)

    def pointer(self, name: str = "orders") -> RelationName:
        return RelationName(self.engine.database, "gold", name)

    def versioned(self, release: int, name: str = "orders") -> RelationName:
        return RelationName(self.engine.database, "rewind_gold", f"{name}__r{release}")

    def build(self, release: int, name: str = "orders", **comments: Any) -> RelationName:
        """Makes the release's table, whose one row has the release's number."""
        relation = self.versioned(release, name)
        self.engine.create_table(relation, [(release, name)], **comments)
        return relation

    def move(self, before: int | None, after: int | None, name: str = "orders") -> PointerMove:
        return PointerMove(
            self.pointer(name),
            self.versioned(before, name) if before else None,
            self.versioned(after, name) if after else None,
        )

    def event(self, payload: Mapping[str, Any] | None = None) -> Event:
        """The event that follows what is in the ledger."""
        chain = self.warehouse.events(self.environment)
        previous = chain[-1] if chain else None
        return next_event(previous, self.environment, NOW, EventKind.PUBLISHED, payload or {})

    def publish(self, *moves: PointerMove, artifacts: Sequence[bytes] = ()) -> Event:
        event = self.event()
        self.warehouse.commit(event, self.lease, moves=moves, artifacts=artifacts)
        return event

    def leads_to(self, name: str = "orders") -> RelationName | None:
        """Where the pointer leads, None where it does not exist."""
        return self.warehouse.pointers([self.pointer(name)])[self.pointer(name)].target
