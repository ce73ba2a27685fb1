"""Finishes or undoes what a killed process left. Every mutating command begins here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dbt_rewind.engine.history import Operation
from dbt_rewind.engine.ledger import Ledger
from dbt_rewind.engine.mirror import sync_mirror
from dbt_rewind.engine.records import encode_relation
from dbt_rewind.model import EventKind, RelationName


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found and put right; `undone` is None where nothing was unfinished."""

    undone: Operation | None = None
    dropped: tuple[RelationName, ...] = ()
    mirrored: int = 0

    @property
    def needed(self) -> bool:
        return self.undone is not None or self.mirrored > 0


def recover(ledger: Ledger, remove_abandoned: Callable[[], object]) -> Recovery:
    """Brings the environment to a consistent state: wholly the old release or wholly the new.

    Pointers need nothing, since they move in one transaction with their event. What can be left
    over is a build that nobody will publish: its relations are dropped and the operation is
    closed. The caller holds the lease, so whoever began it is dead or has lost its right to act.
    Raises MirrorAhead, MirrorUnreadable, WarehouseError.
    """
    mirrored = sync_mirror(ledger.mirror, ledger.history.environment, ledger.history.events)
    remove_abandoned()
    unfinished = ledger.history.unfinished
    if unfinished is None:
        return Recovery(mirrored=mirrored)
    dropped = undo(ledger, unfinished, reason="its process ended without an outcome")
    return Recovery(unfinished, dropped, mirrored)


def undo(ledger: Ledger, operation: Operation, *, reason: str) -> tuple[RelationName, ...]:
    """Drops what the operation may have written, closes it in the ledger, and returns what was
    there to drop. Its relations have names that no other release uses."""
    warehouse = ledger.access.warehouse
    dropped = tuple(sorted(warehouse.relations(operation.writes)))
    warehouse.drop(dropped)
    ledger.append(
        EventKind.ABORTED,
        {
            "operation": operation.kind,
            "release": operation.release,
            "reason": reason,
            "dropped": [encode_relation(relation) for relation in dropped],
        },
    )
    return dropped
