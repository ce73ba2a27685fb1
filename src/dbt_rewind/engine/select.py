"""Which nodes a deploy builds, and which it takes over from the live release."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from dbt_rewind.dbt.manifest import Manifest, ManifestNode
from dbt_rewind.dbt.saved_selectors import Definition
from dbt_rewind.dbt.version import ProjectVersion
from dbt_rewind.engine.history import Overwrite
from dbt_rewind.errors import SelectorUnknown
from dbt_rewind.model import (
    Origin,
    RelationInfo,
    RelationKind,
    RelationName,
    Release,
    ReleaseNode,
    versioned,
)

CHANGED = "state:modified+"


@dataclass(frozen=True, slots=True)
class Live:
    """The live release with its stored manifest, and which of its relations exist."""

    release: Release
    manifest: Manifest
    present: Mapping[RelationName, RelationInfo]

    @property
    def nodes(self) -> Mapping[str, ReleaseNode]:
        """As the release's own code makes them, whatever users see of them."""
        return {node.unique_id: node for node in self.release.made}

    @property
    def missing(self) -> frozenset[str]:
        """Nodes that cannot be reused, because what held them is gone."""
        return frozenset(
            node.unique_id
            for node in self.release.made
            if node.relation not in self.present
            or (node.storage is not None and node.storage not in self.present)
        )


@dataclass(frozen=True, slots=True)
class Selected:
    """What dbt chose: relation nodes to build, tests to run (and where those of them that keep
    failing rows have these), and changed nodes left out.

    `arguments`, `state` and `within` are what it has to be asked for to choose the same again;
    `chosen` is all of it, by unique id.
    """

    arguments: tuple[str, ...]
    state: Manifest | None
    within: Definition | None
    chosen: frozenset[str]
    nodes: frozenset[str]
    tests: int
    pending: tuple[str, ...]
    kept_failures: tuple[RelationName, ...] = ()


def select_nodes(
    version: ProjectVersion,
    manifest: Manifest,
    live: Live | None,
    *,
    select: Sequence[str],
    selector: str | None = None,
    full: bool,
) -> Selected:
    """Asks dbt which nodes to build: all without a live release or with `full`, otherwise what
    changed and what depends on it; `select` or a saved `selector` narrows either.

    What the project's default selector leaves out, and neither asks for, is no part of a release.
    Raises SelectorUnknown.
    """
    state = live.manifest if live else None
    default = definition_of(manifest, manifest.default_selector)
    within = default if selector is None and not select else definition_of(manifest, selector)
    wanted = () if live is None or full else (CHANGED, *_again(manifest, live))
    changed = list(version.select(wanted, state, within=default))
    arguments = _narrowed(select, wanted) if wanted else tuple(select)
    chosen = changed
    if select or selector is not None:
        chosen = list(version.select(arguments, state, within=within))
    left_out = {each for each in changed if each in manifest.nodes} - set(chosen)
    return selected_of(manifest, arguments, state, within, chosen, tuple(sorted(left_out)))


def selected_of(
    manifest: Manifest,
    arguments: tuple[str, ...],
    state: Manifest | None,
    within: Definition | None,
    chosen: Sequence[str],
    pending: tuple[str, ...],
) -> Selected:
    """What dbt chose for `arguments`, sorted out."""
    nodes = frozenset(unique_id for unique_id in chosen if unique_id in manifest.nodes)
    tests = sum(unique_id.startswith(("test.", "unit_test.")) for unique_id in chosen)
    kept = sorted(manifest.kept_failures[each] for each in chosen if each in manifest.kept_failures)
    return Selected(arguments, state, within, frozenset(chosen), nodes, tests, pending, tuple(kept))


def definition_of(manifest: Manifest, selector: str | None) -> Definition | None:
    """The definition of a saved selector; None for none. Raises SelectorUnknown."""
    if selector is None:
        return None
    if selector not in manifest.selectors:
        raise SelectorUnknown(selector, tuple(sorted(manifest.selectors)))
    definition: Definition = manifest.selectors[selector]
    return definition


def _again(manifest: Manifest, live: Live) -> tuple[str, ...]:
    """Selectors of nodes to build although their code is as it was: an earlier deploy left them
    out, or what held them is gone."""
    wanted = {*live.release.pending, *live.missing}
    return tuple(
        f"{manifest.nodes[unique_id].selector}+"
        for unique_id in sorted(wanted)
        if unique_id in manifest.nodes
    )


def _narrowed(select: Sequence[str], changed: Sequence[str]) -> tuple[str, ...]:
    """dbt joins with a comma what must hold at once; a space separates alternatives."""
    if not select:
        return tuple(changed)
    parts = [part for words in select for part in words.split()]
    return tuple(f"{part},{change}" for part in parts for change in changed)


def nodes_to_build(
    manifest: Manifest, unique_ids: Collection[str], number: int
) -> tuple[ReleaseNode, ...]:
    """The release's own nodes, not yet measured."""
    return tuple(_node(manifest.nodes[unique_id], number) for unique_id in sorted(unique_ids))


def written_in_place(
    nodes: Sequence[ReleaseNode], reasons: Mapping[str, str], tables: Mapping[str, RelationName]
) -> tuple[ReleaseNode, ...]:
    """The nodes; those with a reason are where their content is, instead of in a copy of it."""
    return tuple(
        replace(node, relation=tables[node.unique_id], in_place=reasons[node.unique_id])
        if node.unique_id in reasons
        else node
        for node in nodes
    )


def nodes_to_reuse(
    manifest: Manifest, selected: Collection[str], live: Live | None
) -> tuple[ReleaseNode, ...]:
    """The live release's nodes that the new one takes over, under today's public names."""
    if live is None:
        return ()
    held = live.nodes
    return tuple(
        replace(
            held[unique_id],
            pointer=node.relation,
            origin=Origin.REUSED,
            seconds=None,
            in_place=None,
        )
        for unique_id, node in sorted(manifest.nodes.items())
        if unique_id not in selected and unique_id in held and unique_id not in live.missing
    )


def taken(nodes: Sequence[ReleaseNode]) -> tuple[ReleaseNode, ...]:
    """The nodes as a release has them that takes them over whole."""
    return tuple(replace(node, origin=Origin.REUSED, seconds=None, in_place=None) for node in nodes)


def without_lost_figures(
    nodes: Sequence[ReleaseNode], overwrites: Sequence[Overwrite]
) -> tuple[ReleaseNode, ...]:
    """The nodes without the figures of those that were written on since these were taken."""
    lost = {each.relation for each in overwrites}
    return tuple(
        replace(node, rows=None, fingerprint=None) if lost & {node.relation, node.storage} else node
        for node in nodes
    )


def with_reads(
    manifest: Manifest, built: Sequence[ReleaseNode], reused: Sequence[ReleaseNode]
) -> tuple[ReleaseNode, ...]:
    """The built nodes with the relations that each cannot be without, so that these are kept as
    long as it is."""
    held = {node.unique_id: node.relation for node in (*built, *reused)}
    return tuple(
        replace(
            node,
            reads=tuple(
                sorted(held[each] for each in manifest.reads(node.unique_id) if each in held)
            ),
        )
        for node in built
    )


def stateful_sources(
    manifest: Manifest, selected: Collection[str], live: Live | None, *, full_refresh: bool = False
) -> dict[str, RelationName]:
    """For each selected node that continues from its live content: the table that holds that."""
    if live is None:
        return {}
    held = live.nodes
    sources = {}
    for unique_id in sorted(selected):
        continues = manifest.nodes[unique_id].continues(full_refresh=full_refresh)
        if not continues or unique_id not in held:
            continue
        node = held[unique_id]
        info = live.present.get(node.storage or node.relation)
        # A view that became incremental has nothing to continue from; dbt builds it whole.
        if info is not None and info.kind is RelationKind.TABLE:
            sources[unique_id] = info.name
    return sources


def _node(node: ManifestNode, number: int) -> ReleaseNode:
    return ReleaseNode(
        unique_id=node.unique_id,
        resource_type=node.resource_type,
        materialized=node.materialized,
        relation=versioned(node.relation, number),
        pointer=node.relation,
        origin=Origin.BUILT,
        built_by=number,
        follows_sources=node.follows_sources,
    )
