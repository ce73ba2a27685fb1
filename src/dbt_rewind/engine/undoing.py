"""What a release cannot bring back exactly, and why. Said before anything is done."""

from __future__ import annotations

from dataclasses import dataclass

from dbt_rewind.engine.history import History
from dbt_rewind.engine.plan import Plan
from dbt_rewind.model import RelationName, Release, release_id

FOLLOWS = "a view over sources shows today's rows in every release"


@dataclass(frozen=True, slots=True)
class Inexact:
    """A public name that a rollback does not bring back as it was."""

    pointer: RelationName
    reason: str


def inexact_after(plan: Plan) -> tuple[Inexact, ...]:
    """What of the plan's nodes cannot be undone exactly once it has run, sorted by name."""
    found = [
        Inexact(node.pointer, f"written in place, not in a copy ({node.in_place})")
        for node in plan.in_place
    ]
    found += [Inexact(node.pointer, FOLLOWS) for node in plan.built if node.follows_sources]
    return tuple(sorted(found, key=lambda each: each.pointer))


def inexact_moves(history: History, plan: Plan, target: Release) -> tuple[Inexact, ...]:
    """What of `target` will not be as it was once a rollback has run as planned. A view over
    sources that stays shows users what they see now, so that only those that move are told."""
    moving = {move.pointer for move in plan.moves}
    return tuple(
        each
        for each in inexact_release(history, target)
        if each.reason != FOLLOWS or each.pointer in moving
    )


def inexact_release(history: History, release: Release) -> tuple[Inexact, ...]:
    """What of `release` is no longer, or never was, as it was when it was published."""
    nodes = (*release.nodes, *release.withheld)
    names = {node.storage or node.relation: node.pointer for node in nodes}
    found = {
        names[each.relation]: f"{release_id(each.release)} wrote on in it ({each.reason})"
        for each in history.overwritten(release)
    }
    for node in release.nodes:
        if node.follows_sources:
            found.setdefault(node.pointer, FOLLOWS)
    return tuple(Inexact(pointer, reason) for pointer, reason in sorted(found.items()))
