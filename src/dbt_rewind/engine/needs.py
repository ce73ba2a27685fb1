"""What each operation needs to be allowed to do, as its plan says it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from dbt_rewind.engine.plan import CloneRelation, Plan
from dbt_rewind.model import Needs, PointerMove, RelationName, Relocation


def needs_of_plan(plan: Plan, sources: Collection[RelationName] = ()) -> Needs:
    """What building and publishing needs. `sources` are what is read and is no relation of ours."""
    clones = [step.source for step in plan.steps if isinstance(step, CloneRelation)]
    repair = plan.repair
    moves = (*(repair.moves if repair else ()), *plan.moves)
    moved = needs_of_moves(moves, repair.set_aside if repair else ())
    return Needs(
        makes=_sorted((*plan.writes, *moved.makes)),
        changes=_sorted((*(node.relation for node in plan.in_place), *moved.changes)),
        drops=moved.drops,
        reads=_sorted((*clones, *sources)),
        # What is added to a table comes by way of another.
        temporary=bool(clones or plan.in_place),
    )


def needs_of_moves(
    moves: Iterable[PointerMove],
    relocations: Iterable[Relocation] = (),
    dropped: Iterable[RelationName] = (),
    *,
    ends: bool = False,
) -> Needs:
    """What moving pointers, giving relations other names and dropping some needs."""
    moves, relocations = tuple(moves), tuple(relocations)
    stay = [move for move in moves if move.after is not None]
    return Needs(
        makes=_sorted((*(move.pointer for move in stay), *(each.target for each in relocations))),
        changes=_sorted(
            (
                *(move.pointer for move in stay if move.before is not None),
                *(each.source for each in relocations),
            )
        ),
        drops=_sorted((*(move.pointer for move in moves if move.after is None), *dropped)),
        ends=ends,
    )


def _sorted(names: Iterable[RelationName]) -> tuple[RelationName, ...]:
    return tuple(sorted(set(names)))
