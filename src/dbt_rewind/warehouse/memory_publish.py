"""A publish in memory: the same steps as in a database, on a draft that is thrown away on error."""

from __future__ import annotations

from collections.abc import Sequence

from dbt_rewind.errors import LeaseLost, NotAtomic, WarehouseFailed
from dbt_rewind.model import Event, Lease, PointerMove, PointerState, RelationName
from dbt_rewind.warehouse.artifact_bytes import digest_of, packed
from dbt_rewind.warehouse.memory_store import Contents, View
from dbt_rewind.warehouse.preconditions import (
    require_distinct,
    require_lease_of,
    require_next,
    require_standing,
)


def require_atomic(moves: Sequence[PointerMove]) -> None:
    """Raises NotAtomic unless all pointers are in one database."""
    databases = {move.pointer.database for move in moves}
    if len(databases) > 1:
        raise NotAtomic(tuple(sorted(databases)))


def state(contents: Contents, name: RelationName) -> PointerState:
    """What stands under `name`."""
    relation = contents.relations.get(name)
    if isinstance(relation, View) and relation.target:
        return PointerState(name, relation.target)
    return PointerState(name, None, contents.kind(name))


def publish(
    draft: Contents,
    event: Event,
    lease: Lease,
    moves: Sequence[PointerMove],
    artifacts: Sequence[bytes],
) -> None:
    """Does everything that the protocol's `commit` says, or raises what it says."""
    require_lease_of(event, lease)
    if not draft.is_held(lease):
        raise LeaseLost(lease.environment)
    chain = draft.events.get(event.environment, ())
    require_next(event, (chain[-1].sequence, chain[-1].hash) if chain else None)
    require_distinct(moves, _itself)
    states = {move.pointer: state(draft, move.pointer) for move in moves}
    require_standing(moves, states, _itself)
    for move in moves:
        _move(draft, move)
    for content in artifacts:
        draft.artifacts.setdefault(digest_of(content), packed(content))
    draft.events[event.environment] = (*chain, event)


def _move(draft: Contents, move: PointerMove) -> None:
    if move.after is None:
        del draft.relations[move.pointer]
        return
    target = draft.relations.get(move.after)
    if target is None:
        raise WarehouseFailed(f"moving {move.pointer}", f"{move.after} does not exist")
    draft.relations[move.pointer] = View(move.after, target.comments)


def _itself(name: RelationName) -> RelationName:
    return name
