"""Drift: public names that are not as the ledger says, and what puts them right."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from dbt_rewind.engine.history import History, SetAside
from dbt_rewind.engine.ledger import Ledger
from dbt_rewind.engine.plan import Repair, check_pointers, describe_state, pointer_map
from dbt_rewind.engine.records import encode_relation
from dbt_rewind.model import (
    EventKind,
    PointerMove,
    PointerState,
    RelationName,
    Release,
    Relocation,
)
from dbt_rewind.warehouse.protocol import LedgerReader

_OWN_SCHEMAS = "rewind_"


@dataclass(frozen=True, slots=True)
class Drift:
    """A public name that is not as the ledger says."""

    pointer: RelationName
    expected: RelationName
    found: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How public names stand before a publish.

    `states` are as `repair` will leave them, where there is one. `lost` are pointers of the live
    release that are not there, and cannot be, because the relation that they led to is gone.
    """

    states: Mapping[RelationName, PointerState]
    lost: frozenset[RelationName] = frozenset()
    repair: Repair | None = None


def find_drift(reader: LedgerReader, live: Release) -> tuple[Drift, ...]:
    """The live release's pointers that do not lead where they should, sorted by name."""
    states = reader.pointers([node.pointer for node in live.nodes])
    drifts = [
        Drift(node.pointer, node.relation, describe_state(states[node.pointer]))
        for node in live.nodes
        if states[node.pointer].target != node.relation
    ]
    return tuple(sorted(drifts, key=lambda drift: drift.pointer))


def missing_relations(reader: LedgerReader, release: Release) -> tuple[RelationName, ...]:
    """What the release is made of and is no longer there, sorted."""
    needed = {name for node in release.nodes for name in (node.relation, node.storage) if name}
    states = reader.pointers(needed)
    return tuple(sorted(name for name in needed if states[name].absent))


def kept_aside(reader: LedgerReader, history: History) -> tuple[SetAside, ...]:
    """What repairs have set aside and nobody has removed since, oldest first."""
    states = reader.pointers([each.relation for each in history.set_aside])
    return tuple(each for each in history.set_aside if not states[each.relation].absent)


def settle(
    reader: LedgerReader,
    history: History,
    live: Release | None,
    names: Collection[RelationName],
    states: Mapping[RelationName, PointerState],
    *,
    repair: bool,
) -> Standing:
    """How the pointers of `live`, and the `names` that are to be pointers, stand for a publish.

    `states` has what stands under each of them. With `repair`, drift is planned to be put right.
    Raises PointerDrifted, PointerOccupied where a name is not as believed otherwise, also where it
    would not move: a publish would leave users with a mixture.
    """
    expected = pointer_map(live.nodes if live else ())
    drifted = [name for name in expected if states[name].target != expected[name]]
    found = reader.pointers({expected[name] for name in drifted})
    gone = {name for name in drifted if found[expected[name]].absent}
    wanted: dict[RelationName, RelationName | None] = {
        **dict.fromkeys(names),
        **{name: None if name in gone else target for name, target in expected.items()},
    }
    planned = _plan_repair(reader, history, live, wanted, states) if repair else None
    if planned is not None:
        states = _after(states, planned)
    lost = frozenset(name for name in gone if states[name].absent)
    believed = {name: None if name in lost else expected.get(name) for name in {*names, *expected}}
    check_pointers(believed, states)
    return Standing(states, lost, planned)


def require_no_drift(reader: LedgerReader, history: History, live: Release) -> None:
    """Raises PointerDrifted where a pointer of the live release is not as it should be."""
    names = [node.pointer for node in live.nodes]
    settle(reader, history, live, names, reader.pointers(names), repair=False)


def apply_repair(ledger: Ledger, repair: Repair, *, reason: str, by: str) -> None:
    """Puts the pointers right in one transaction with its event. Raises what `append` raises."""
    ledger.append(
        EventKind.REPAIRED,
        {
            "operation": "repair",
            "release": repair.release,
            "pointers": [encode_relation(name) for name in repair.pointers],
            "set_aside": [
                {"pointer": encode_relation(each.source), "relation": encode_relation(each.target)}
                for each in repair.set_aside
            ],
            "by": by,
            "reason": reason,
        },
        moves=repair.moves,
        relocations=repair.set_aside,
    )


def _plan_repair(
    reader: LedgerReader,
    history: History,
    live: Release | None,
    wanted: Mapping[RelationName, RelationName | None],
    states: Mapping[RelationName, PointerState],
) -> Repair | None:
    """What leads every name where it is `wanted`; None where all do.

    A pointer that is not of `live` stays: another environment has published it.
    """
    own = pointer_map(live.nodes if live else ())
    sequence = history.head.sequence + 1 if history.head else 1
    moves: list[PointerMove] = []
    set_aside: list[Relocation] = []
    for name, target in sorted(wanted.items()):
        state = states[name]
        if state.absent or (is_pointer(state) and name in own):
            before = state.target
        elif is_pointer(state):
            continue
        else:
            aside = reader.capabilities.with_suffix(name.name, f"__aside_{sequence}")
            kept = replace(name, name=aside)
            set_aside.append(Relocation(name, kept))
            before = None
        if before != target:
            moves.append(PointerMove(name, before, target))
    if not moves and not set_aside:
        return None
    return Repair(live.number if live else None, tuple(moves), tuple(set_aside))


def is_pointer(state: PointerState) -> bool:
    """Whether it leads to what some release is made of. Any other view is somebody's work."""
    return state.target is not None and state.target.schema.casefold().startswith(_OWN_SCHEMAS)


def _after(
    states: Mapping[RelationName, PointerState], repair: Repair
) -> Mapping[RelationName, PointerState]:
    left = {each.source: PointerState(each.source, None) for each in repair.set_aside}
    made = {move.pointer: PointerState(move.pointer, move.after) for move in repair.moves}
    return {**states, **left, **made}
