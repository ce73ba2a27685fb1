"""Finishes or undoes what a killed process left. Every mutating command begins here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dbt_rewind import clock
from dbt_rewind.engine.finish_prune import finish_prune
from dbt_rewind.engine.history import Operation, ReleaseState
from dbt_rewind.engine.ledger import Ledger, read_history
from dbt_rewind.engine.mirror import set_ejected_aside, sync_mirror, tells_of_eject
from dbt_rewind.engine.records import encode_relation
from dbt_rewind.errors import RewindError, WarehouseFailed
from dbt_rewind.model import Event, EventKind, RelationName

_UNPUBLISHED = frozenset({ReleaseState.BUILDING, ReleaseState.BUILT})


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found and put right: a build that was `undone`, or a prune that was `finished`; or
    that was given up, where the warehouse refused (`refusal`). `published` is the event of a
    publish that had moved some pointers, and now has moved all."""

    undone: Operation | None = None
    finished: Operation | None = None
    dropped: tuple[RelationName, ...] = ()
    mirrored: int = 0
    refusal: str | None = None
    published: Event | None = None

    @property
    def needed(self) -> bool:
        return bool(self.undone or self.finished or self.mirrored or self.published)


def recover(ledger: Ledger, remove_abandoned: Callable[[], object]) -> Recovery:
    """Brings the environment to a consistent state: wholly the old release or wholly the new.

    Pointers need nothing more: they move in one transaction with their event, or else what was left
    to do was done when the lease was taken. What can be left over is a build that nobody will
    publish: its relations are dropped and the operation is closed; or a prune that was marked: it
    is finished. The caller holds the lease, so whoever began it is dead or has lost its right to
    act.
    Raises MirrorAhead, MirrorUnreadable, WarehouseError.
    """
    if not ledger.history.events and tells_of_eject(ledger.mirror):
        set_ejected_aside(ledger.mirror, clock.now())  # the ledger was given up with what it told
    mirrored = sync_mirror(ledger.mirror, ledger.history.environment, ledger.history.events)
    remove_abandoned()
    unfinished = ledger.history.unfinished
    if unfinished is None:
        return Recovery(mirrored=mirrored, published=ledger.finished)
    if unfinished.pruned:
        return _finish(ledger, unfinished, mirrored)
    dropped = undo(ledger, unfinished, reason="its process ended without an outcome")
    return Recovery(unfinished, dropped=dropped, mirrored=mirrored, published=ledger.finished)


def _finish(ledger: Ledger, prune: Operation, mirrored: int) -> Recovery:
    try:
        dropped = finish_prune(ledger)
    except WarehouseFailed as error:
        history = ledger.history
        given_up = history.unfinished is None
        if not given_up or history.releases[prune.release].state is ReleaseState.PRUNED:
            raise
        # Space is no reason to keep anybody from a rollback.
        return Recovery(
            finished=prune,
            mirrored=mirrored,
            refusal=error.message,
            published=ledger.finished,
        )
    return Recovery(finished=prune, dropped=dropped, mirrored=mirrored, published=ledger.finished)


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


def undo_failed(ledger: Ledger, error: BaseException) -> None:
    """Undoes what the ledger's own operation has begun and `error` has ended, unless its outcome is
    recorded."""
    unfinished = ledger.history.unfinished
    if unfinished is None:
        return  # the failure is recorded, or the publish has committed
    slug = error.slug if isinstance(error, RewindError) else type(error).__name__
    try:
        if not ledger.access.warehouse.capabilities.exclusive:
            ledger.access.close()  # the error, or an interrupt, may have cost the connection
        # Read anew: an interrupt may come between the publish's commit and our knowing of it.
        ledger.history = read_history(ledger.access.warehouse, ledger.history.environment)
        if ledger.access.warehouse.half_published(ledger.history.environment) is not None:
            error.add_note("the publish is half done, which `rewind recover` finishes")
            return  # what was built is what some pointers lead to
        state = ledger.history.releases[unfinished.release].state
        if state is ReleaseState.ABORTED:
            # By whoever took a lease that we had lost, and our build has gone on since.
            ledger.access.warehouse.drop(unfinished.writes)
        elif state in _UNPUBLISHED:
            undo(ledger, unfinished, reason=slug)
    except RewindError as second:
        error.add_note(f"clean-up is left to `rewind recover`: {second}")
