"""Reads from the warehouse what the gates compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dbt_rewind.engine.gates import Duplicates, Side, compare
from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.ledger import read_release
from dbt_rewind.engine.profile import Columns, Profile, profile_from, read_profile
from dbt_rewind.engine.rules import Rules
from dbt_rewind.model import (
    Column,
    GateFinding,
    GateLevel,
    RelationInfo,
    RelationKind,
    RelationName,
    Release,
    ReleaseNode,
)
from dbt_rewind.warehouse.protocol import LedgerReader

if TYPE_CHECKING:
    from dbt_rewind.dbt.manifest import Manifest


def check_gates(
    reader: LedgerReader,
    history: History,
    nodes: tuple[ReleaseNode, ...],
    profile: Profile,
    manifest: Manifest,
    rules: Rules,
) -> tuple[GateFinding, ...]:
    """What the gates find between the live release and one made of `nodes`, which is built; nothing
    where nothing is live. Raises ArtifactDamaged, WarehouseError."""
    if history.live is None:
        return ()
    live = read_release(reader, history.live)
    before = _side(reader, live.nodes, read_profile(reader, history.live))
    after = _side(reader, nodes, profile)
    return compare(before, after, rules, _duplicates(reader, before, after, manifest, rules))


def compare_releases(
    reader: LedgerReader, history: History, live: Release, target: Release, rules: Rules
) -> tuple[GateFinding, ...]:
    """What users will see change from `live` to `target`, from their records: no table is
    read. Raises ArtifactDamaged, WarehouseError."""
    same = {(node.pointer, node.relation) for node in live.nodes} & {
        (node.pointer, node.relation) for node in target.nodes
    }
    before, after = (
        _recorded_side(
            reader,
            history.releases[each.number],
            tuple(node for node in each.nodes if (node.pointer, node.relation) not in same),
        )
        for each in (live, target)
    )
    return compare(before, after, rules)


def compare_shown(
    before: Sequence[ReleaseNode], after: Sequence[ReleaseNode], columns: Columns, rules: Rules
) -> tuple[GateFinding, ...]:
    """As `compare_releases`, of nodes whose columns are known by relation."""

    def side(nodes: Sequence[ReleaseNode]) -> Side:
        profile = profile_from(columns, nodes, ())
        return Side(nodes, _recorded_infos(nodes, profile), profile)

    return compare(side(before), side(after), rules)


def _recorded_side(
    reader: LedgerReader, summary: ReleaseSummary, nodes: tuple[ReleaseNode, ...]
) -> Side:
    """As recorded: to ask the catalogue for columns would take most of a rollback's time."""
    profile = read_profile(reader, summary, {node.unique_id for node in nodes})
    return Side(nodes, _recorded_infos(nodes, profile), profile)


def _recorded_infos(
    nodes: Sequence[ReleaseNode], profile: Profile
) -> dict[RelationName, RelationInfo]:
    return {
        node.relation: RelationInfo(
            node.relation,
            RelationKind.TABLE,
            tuple(Column(each.name, each.type) for each in profile[node.unique_id]),
        )
        for node in nodes
        if node.unique_id in profile
    }


def _side(reader: LedgerReader, nodes: tuple[ReleaseNode, ...], profile: Profile) -> Side:
    return Side(nodes, reader.relations([node.relation for node in nodes]), profile)


def _duplicates(
    reader: LedgerReader, before: Side, after: Side, manifest: Manifest, rules: Rules
) -> Duplicates:
    """For each built node with a key: how often it is broken in the live release and in the new.
    A key whose columns one of the two lacks is passed over: the gate on columns tells that."""
    held = before.by_pointer
    found: dict[str, tuple[int, int]] = {}
    for node in after.nodes:
        old = held.get(node.pointer)
        key = _key(node, manifest, rules)
        if old is None or old.relation == node.relation or not key:
            continue
        if _has(before.infos.get(old.relation), key) and _has(after.infos.get(node.relation), key):
            now = reader.duplicates(node.relation, key)
            found[node.unique_id] = (reader.duplicates(old.relation, key) if now else 0, now)
    return found


def _has(info: RelationInfo | None, key: tuple[str, ...]) -> bool:
    columns = {column.name.lower() for column in info.columns} if info else set()
    return all(column.lower() in columns for column in key)


def _key(node: ReleaseNode, manifest: Manifest, rules: Rules) -> tuple[str, ...]:
    gates = rules.of(node.unique_id).gates
    if gates.unique is GateLevel.OFF or node.follows_sources:
        return ()
    return gates.unique_key or manifest.unique_key(node.unique_id)
