"""A publish in memory: the same steps as in a database, on a draft that is thrown away on error."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from dbt_rewind.errors import LeaseLost, NameTaken, NotAtomic, WarehouseFailed
from dbt_rewind.model import Event, Lease, PointerMove, PointerState, RelationName, Relocation
from dbt_rewind.warehouse.artifact_bytes import digest_of, packed
from dbt_rewind.warehouse.memory_store import Contents, Table, View
from dbt_rewind.warehouse.preconditions import (
    inner_first,
    require_distinct,
    require_lease_of,
    require_next,
    require_standing,
)


def require_atomic(moves: Sequence[PointerMove], relocations: Sequence[Relocation]) -> None:
    """Raises NotAtomic unless everything that is written is in one database."""
    names = [move.pointer for move in moves]
    names += [name for each in relocations for name in (each.source, each.target)]
    require_one_database(names)


def require_one_database(names: Collection[RelationName]) -> None:
    """Raises NotAtomic unless all of `names` are in one database."""
    databases = {name.database for name in names}
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
    relocations: Sequence[Relocation],
    references: Mapping[RelationName, RelationName],
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
    require_standing(moves, states, _itself, leaving=[each.source for each in relocations])
    for move in moves:
        if move.after is None:
            del draft.relations[move.pointer]
    _relocate(draft, relocations, references)
    for part in inner_first(moves, _itself):
        for move in part:
            _point(draft, move)
    for content in artifacts:
        draft.artifacts.setdefault(digest_of(content), packed(content))
    draft.events[event.environment] = (*chain, event)


def finish(draft: Contents, event: Event, lease: Lease, moves: Sequence[PointerMove]) -> None:
    """Does what is left of a publish: moves the pointers that have not moved, and appends."""
    if not draft.is_held(lease):
        raise LeaseLost(lease.environment)
    for move in moves:
        if state(draft, move.pointer).target == move.before:
            _point(draft, move)
    draft.events[event.environment] = (*draft.events[event.environment], event)


def _relocate(
    draft: Contents,
    relocations: Sequence[Relocation],
    references: Mapping[RelationName, RelationName],
) -> None:
    moved: dict[RelationName, Table | View] = {}
    for each in relocations:
        relation = draft.relations.pop(each.source, None)
        if relation is None:
            raise WarehouseFailed(f"renaming {each.source}", "it does not exist")
        if isinstance(relation, View) and relation.target and relation.target in references:
            relation = View(references[relation.target], relation.comments)
        moved[each.target] = relation
    for target, relation in moved.items():
        if target in draft.relations:
            raise NameTaken(str(target))
        draft.relations[target] = relation


def _point(draft: Contents, move: PointerMove) -> None:
    if move.after is None:
        return
    target = draft.relations.get(move.after)
    if target is None:
        raise WarehouseFailed(f"moving {move.pointer}", f"{move.after} does not exist")
    draft.relations[move.pointer] = View(move.after, target.comments)


def _itself(name: RelationName) -> RelationName:
    return name
