"""What must hold before a lease is taken or a publish commits, the same for every engine.

`identity` folds a name to what the engine compares, so that two spellings of one relation are one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from dbt_rewind.errors import LeaseLost, LiveChanged, LockHeld, PointerDrifted, PointerOccupied
from dbt_rewind.model import (
    GENESIS,
    Event,
    Lease,
    PointerMove,
    PointerState,
    RelationKind,
    RelationName,
)
from dbt_rewind.warehouse.owner import has_ended

Identity = Callable[[RelationName], RelationName]


def require_takeable(held: Lease | None, now: datetime) -> None:
    """Raises LockHeld unless the lease is nobody's, has expired, or its owner has ended."""
    if held is None or now >= held.expires_at or has_ended(held.owner):
        return
    raise lock_held(held)


def lock_held(lease: Lease) -> LockHeld:
    """The error that names a lease's holder, and since when it holds it."""
    since = f"{lease.acquired_at:%Y-%m-%d %H:%M:%S} UTC"
    return LockHeld(lease.environment, str(lease.owner), since)


def require_lease_of(event: Event, lease: Lease) -> None:
    """Raises LeaseLost where the lease is on another environment than the event's."""
    if lease.environment != event.environment:
        raise LeaseLost(event.environment)


def require_next(event: Event, last: tuple[int, str] | None) -> None:
    """Raises LiveChanged unless `event` follows `last`, the sequence and hash of the chain's end
    (None: the chain is empty)."""
    sequence, digest = last or (0, GENESIS)
    if (event.sequence, event.previous_hash) != (sequence + 1, digest):
        raise LiveChanged(event.environment)


def require_distinct(moves: Sequence[PointerMove], identity: Identity) -> None:
    """Raises PointerOccupied where two moves are of what the engine takes for one pointer."""
    seen: set[RelationName] = set()
    for move in moves:
        pointer = identity(move.pointer)
        if pointer in seen:
            raise PointerOccupied(str(move.pointer), RelationKind.VIEW.value)
        seen.add(pointer)


def require_standing(
    moves: Sequence[PointerMove],
    states: Mapping[RelationName, PointerState],
    identity: Identity,
    *,
    leaving: Collection[RelationName] = (),
) -> None:
    """Raises PointerOccupied or PointerDrifted unless every pointer leads where its move says.

    What is `leaving` its name makes room for a pointer, which must be new then.
    """
    makes_room = {identity(name) for name in leaving}
    for move in moves:
        state = states[move.pointer]
        if identity(move.pointer) in makes_room and move.before is None:
            continue
        if state.occupied_by is not None:
            raise PointerOccupied(str(move.pointer), state.occupied_by.value)
        found = identity(state.target) if state.target else None
        expected = identity(move.before) if move.before else None
        if found != expected:
            raise PointerDrifted(
                pointer=str(move.pointer),
                expected=str(move.before or "nothing"),
                found=str(state.target or "missing"),
            )


def inner_first(
    moves: Sequence[PointerMove], identity: Identity
) -> tuple[Sequence[PointerMove], Sequence[PointerMove]]:
    """The moves that make or re-point something, in two parts: first those that lead to what no
    move makes, then those that lead to a pointer of the first part, as it is when a table is
    adopted."""
    made = {identity(move.pointer) for move in moves if move.after}
    inner = [move for move in moves if move.after and identity(move.after) not in made]
    outer = [move for move in moves if move.after and identity(move.after) in made]
    return inner, outer
