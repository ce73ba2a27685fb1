"""Gates: a release compared with another, name by name.

Pure: whoever calls has read the figures. A deploy and a refresh are stopped by what is found here;
a rollback is told the same and goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from dbt_rewind.engine.history import History
from dbt_rewind.engine.profile import Profile
from dbt_rewind.engine.rules import GateRules, Rules
from dbt_rewind.errors import GateStopped
from dbt_rewind.model import (
    Column,
    ColumnProfile,
    Gate,
    GateFinding,
    GateLevel,
    RelationInfo,
    RelationName,
    Release,
    ReleaseNode,
)


@dataclass(frozen=True, slots=True)
class Side:
    """One of two releases that are compared. `infos` are the catalogue's words on its relations."""

    nodes: Sequence[ReleaseNode]
    infos: Mapping[RelationName, RelationInfo]
    profile: Profile = field(default_factory=dict)

    @property
    def by_pointer(self) -> Mapping[RelationName, ReleaseNode]:
        return {node.pointer: node for node in self.nodes}


Duplicates = Mapping[str, tuple[int, int]]
"""How many values of a node's key stand in more than one row, before and after, by unique id."""


def compare(
    before: Side, after: Side, rules: Rules, duplicates: Duplicates | None = None
) -> tuple[GateFinding, ...]:
    """What changes for users from `before` to `after`, as far as the rules look for it, sorted by
    name. Names that lead to the same relation as before are passed over."""
    found: list[GateFinding] = []
    new = after.by_pointer
    for pointer, old in sorted(before.by_pointer.items()):
        gates = rules.of(old.unique_id).gates
        node = new.get(pointer)
        if node is None:
            found.append(GateFinding(Gate.VANISHED, pointer, gates.vanished, "is gone"))
        elif node.relation != old.relation or node.in_place:
            gates = rules.of(node.unique_id).gates
            both = (duplicates or {}).get(node.unique_id)
            found += _compare_nodes(before, old, after, node, gates, both)
    return tuple(finding for finding in found if finding.level is not GateLevel.OFF)


def accept(findings: Sequence[GateFinding], accepted: Collection[str]) -> tuple[GateFinding, ...]:
    """The findings, those marked that somebody let through: by a gate's name, or by
    `gate:name` for one table or view (with its schema or without)."""
    return tuple(
        replace(finding, accepted=not _ways(finding).isdisjoint(accepted)) for finding in findings
    )


def stopped_by(release: Release, history: History) -> GateStopped:
    """The error that says which gates keep `release` from its publish."""
    live = history.live
    return GateStopped(
        release.id,
        tuple(finding for finding in release.gates if finding.stops),
        release.kind.value,
        live.id if live else None,
    )


def _ways(finding: GateFinding) -> set[str]:
    gate, pointer = finding.gate.value, finding.pointer
    return {gate, f"{gate}:{pointer}", f"{gate}:{pointer.name}"}


def _compare_nodes(
    before: Side,
    old: ReleaseNode,
    after: Side,
    new: ReleaseNode,
    gates: GateRules,
    duplicates: tuple[int, int] | None,
) -> Iterator[GateFinding]:
    pointer = new.pointer
    for words in _rows(old.rows, new.rows, gates):
        yield GateFinding(Gate.ROWS, pointer, gates.rows, words)
    for words in _columns(before.infos.get(old.relation), after.infos.get(new.relation)):
        yield GateFinding(Gate.COLUMNS, pointer, gates.columns, words)
    if duplicates is not None and duplicates[1] and not duplicates[0]:
        words = f"has {duplicates[1]:,} values of its key in more than one row"
        yield GateFinding(Gate.UNIQUE, pointer, gates.unique, words)
    was, is_now = (
        {each.name: each for each in side.profile.get(node.unique_id, ())}
        for side, node in ((before, old), (after, new))
    )
    for name, column in is_now.items():
        if name not in was:
            continue
        risen = _nulls(was[name], old.rows, column, new.rows, gates)
        if risen:
            yield GateFinding(Gate.NULLS, pointer, gates.nulls, f"{name} {risen}")
        changed = _total(was[name].total, column.total, gates.max_change.get(name))
        if changed:
            yield GateFinding(Gate.SUM, pointer, gates.sum, f"{name} {changed}")


def _rows(before: int | None, after: int | None, gates: GateRules) -> Iterator[str]:
    if before is None or after is None or not before:
        return
    change = 100 * (after - before) / before
    limits = ((-change, gates.max_loss), (change, gates.max_gain))
    if any(limit is not None and part > limit for part, limit in limits):
        yield f"goes from {before:,} to {after:,} rows ({change:+.1f} %)"


def _columns(before: RelationInfo | None, after: RelationInfo | None) -> Iterator[str]:
    if before is None or after is None:
        return
    was, is_now = _types(before.columns), _types(after.columns)
    for name in was.keys() - is_now.keys():
        yield f"has no column {name} any more"
    for name in is_now.keys() - was.keys():
        yield f"has a new column {name}"
    for name in sorted(was.keys() & is_now.keys()):
        if was[name] != is_now[name]:
            yield f"has {name} as {is_now[name]}, no longer as {was[name]}"


def _types(columns: Sequence[Column]) -> dict[str, str]:
    return {column.name: column.type for column in columns}


def _nulls(
    before: ColumnProfile,
    rows_before: int | None,
    after: ColumnProfile,
    rows_after: int | None,
    gates: GateRules,
) -> str | None:
    if not rows_before or not rows_after:
        return None
    was, is_now = 100 * before.nulls / rows_before, 100 * after.nulls / rows_after
    if is_now - was <= gates.max_nulls.get(after.name, gates.max_rise):
        return None
    return f"is NULL in {is_now:.1f} % of the rows, before in {was:.1f} %"


def _total(before: str | None, after: str | None, limit: float | None) -> str | None:
    if before is None or after is None or limit is None:
        return None
    was, is_now = Decimal(before), Decimal(after)
    if not (was.is_finite() and is_now.is_finite()):
        return f"sums to {after}, before to {before}" if before != after else None
    change = float(100 * (is_now - was) / abs(was)) if was else float(bool(is_now)) * 100
    if abs(change) <= limit:
        return None
    return f"sums to {is_now:,}, before to {was:,} ({change:+.1f} %)"
