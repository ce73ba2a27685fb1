"""Plans: what an operation will do, as data that can be shown, run and undone.

Pure: a plan is made from what was read and carries what it believed (`head`, and where every
pointer led); whoever runs it is refused if that changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dbt_rewind.errors import PointerDrifted, PointerOccupied, ReleaseNotRestorable
from dbt_rewind.model import (
    PointerMove,
    PointerState,
    RelationName,
    Release,
    ReleaseNode,
    Relocation,
)


@dataclass(frozen=True, slots=True)
class CloneRelation:
    """Copy the live content of a stateful node under its new name, to be continued there."""

    unique_id: str
    source: RelationName
    target: RelationName


@dataclass(frozen=True, slots=True)
class BuildNodes:
    """Let dbt build and test a selection; `nodes` are the relations that it will write."""

    nodes: tuple[ReleaseNode, ...]
    tests: int


@dataclass(frozen=True, slots=True)
class MeasureNodes:
    """Count and fingerprint what was built."""

    nodes: tuple[ReleaseNode, ...]


@dataclass(frozen=True, slots=True)
class CheckGates:
    """Compare what was built with the live release, and stop where a gate says so."""

    nodes: tuple[ReleaseNode, ...]


@dataclass(frozen=True, slots=True)
class Publish:
    """Move the pointers and append the event: in one transaction, or, where the warehouse has none
    for that, `one_by_one`."""

    release: int
    previous: int | None
    moves: tuple[PointerMove, ...]
    one_by_one: bool = False


@dataclass(frozen=True, slots=True)
class Repair:
    """Put drifted pointers right, in a transaction of its own before anything else is done: what
    strangers left in their places is set aside. `release` is the live one."""

    release: int | None
    moves: tuple[PointerMove, ...]
    set_aside: tuple[Relocation, ...]

    @property
    def pointers(self) -> tuple[RelationName, ...]:
        """The public names that are put right, sorted."""
        names = {move.pointer for move in self.moves} | {each.source for each in self.set_aside}
        return tuple(sorted(names))


Step = CloneRelation | BuildNodes | MeasureNodes | CheckGates | Publish


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation's steps, in order. `head` is the hash of the last event it knew of; `extras` are
    relations that the build makes beside the nodes. `repair` comes before the steps."""

    operation: str
    environment: str
    release: int
    head: str
    nodes: tuple[ReleaseNode, ...]
    steps: tuple[Step, ...]
    extras: tuple[RelationName, ...] = ()
    repair: Repair | None = None

    @property
    def built(self) -> tuple[ReleaseNode, ...]:
        """The nodes that the plan builds."""
        return tuple(
            node for step in self.steps if isinstance(step, BuildNodes) for node in step.nodes
        )

    @property
    def writes(self) -> tuple[RelationName, ...]:
        """The versioned relations that the plan makes, and that an undo drops."""
        made = tuple(node.relation for node in self.built if node.in_place is None)
        return (*made, *self.extras)

    @property
    def in_place(self) -> tuple[ReleaseNode, ...]:
        """The nodes that are written on where an earlier release has them."""
        return tuple(node for node in self.built if node.in_place is not None)

    @property
    def publish(self) -> Publish:
        """The step that every plan ends with."""
        (step,) = (step for step in self.steps if isinstance(step, Publish))
        return step

    @property
    def moves(self) -> tuple[PointerMove, ...]:
        return self.publish.moves


def pointer_map(nodes: Collection[ReleaseNode]) -> dict[RelationName, RelationName]:
    """Where each public name leads in a release made of `nodes`."""
    return {node.pointer: node.relation for node in nodes}


def plan_moves(
    before: Mapping[RelationName, RelationName], after: Mapping[RelationName, RelationName]
) -> tuple[PointerMove, ...]:
    """The pointers that differ, sorted by name: created, re-pointed or dropped."""
    names = sorted({*before, *after})
    return tuple(
        PointerMove(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )


def check_pointers(
    believed: Mapping[RelationName, RelationName | None],
    states: Mapping[RelationName, PointerState],
) -> None:
    """Raises PointerDrifted or PointerOccupied at the first name, in order, that does not lead
    where it is believed to; None: nothing is believed to have the name."""
    for name, target in sorted(believed.items()):
        state = states[name]
        if state.target == target and state.occupied_by is None:
            continue
        if state.occupied_by is not None and target is None:
            raise PointerOccupied(str(name), state.occupied_by.value)
        raise PointerDrifted(str(name), str(target or "nothing"), describe_state(state))


def describe_state(state: PointerState) -> str:
    """What stands under a public name, for people."""
    if state.target is not None:
        return f"leading to {state.target}"
    return f"a {state.occupied_by.value} of another make" if state.occupied_by else "missing"


def plan_publish(
    operation: str,
    head: str,
    target: Release,
    live: Release | None,
    present: Collection[RelationName],
    lost: Collection[RelationName] = (),
    *,
    one_by_one: bool = False,
) -> Plan:
    """The plan that makes `target`, which is built, live.

    `present` are the relations that exist, `lost` pointers of the live release that do not.
    Raises ReleaseNotRestorable.
    """
    missing = [node.relation for node in target.nodes if node.relation not in present]
    if missing:
        raise ReleaseNotRestorable(target.id, f"{missing[0]} no longer exists")
    moves = plan_moves(_without(lost, live), pointer_map(target.nodes))
    step = Publish(target.number, live.number if live else None, moves, one_by_one)
    return Plan(operation, target.environment, target.number, head, target.nodes, (step,))


def plan_build_of(
    operation: str,
    environment: str,
    head: str,
    number: int,
    built: Collection[ReleaseNode],
    reused: Collection[ReleaseNode],
    stateful: Mapping[str, RelationName],
    live: Release | None,
    tests: int,
    lost: Collection[RelationName] = (),
    extras: tuple[RelationName, ...] = (),
    *,
    shown: Collection[ReleaseNode] | None = None,
    one_by_one: bool = False,
) -> Plan:
    """The plan that builds release `number` aside and makes it live.

    `stateful` says for each node that continues from its live content which relation holds that,
    `lost` which pointers of the live release are not there. `shown` is what users will see, where
    that is something else than what the release is made of.
    """
    nodes = tuple(sorted((*built, *reused), key=lambda node: node.unique_id))
    moves = plan_moves(_without(lost, live), pointer_map(nodes if shown is None else shown))
    to_build = tuple(node for node in nodes if node.built_by == number)
    clones = tuple(
        CloneRelation(node.unique_id, stateful[node.unique_id], node.relation)
        for node in to_build
        if node.unique_id in stateful and node.in_place is None
    )
    steps: tuple[Step, ...] = clones
    if to_build or tests:
        steps = (*steps, BuildNodes(to_build, tests), MeasureNodes(to_build))
    if live is not None:
        steps = (*steps, CheckGates(to_build))
    steps = (*steps, Publish(number, live.number if live else None, moves, one_by_one))
    return Plan(operation, environment, number, head, nodes, steps, extras)


def _without(
    lost: Collection[RelationName], live: Release | None
) -> dict[RelationName, RelationName]:
    pointers = pointer_map(live.nodes if live else ())
    return {name: target for name, target in pointers.items() if name not in lost}
