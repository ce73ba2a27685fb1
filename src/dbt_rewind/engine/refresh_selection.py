"""Which nodes a refresh builds: what is stored, and the views that would go on reading the old."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.dbt.version import ProjectVersion
from dbt_rewind.engine.select import Live, Selected, definition_of, selected_of

_VIEW = "view"


def select_refreshed(
    version: ProjectVersion,
    manifest: Manifest,
    live: Live,
    select: Sequence[str],
    selector: str | None,
) -> Selected:
    """Asks dbt which nodes to build again from today's source data.

    Without `select` and `selector`, every table, incremental model and snapshot; seeds are files of
    the same commit and have nothing new. Then the views that read any of these, because a view of
    the live release would go on reading the old ones. Nodes whose new code waits for a deploy are
    left out.
    """
    named = manifest.default_selector if selector is None and not select else selector
    within = definition_of(manifest, named)
    asked = version.select(tuple(select), live.manifest, within=within)
    wanted = {unique_id for unique_id in asked if unique_id in manifest.nodes}
    if not select and selector is None:
        wanted = {each for each in wanted if _is_refreshed(manifest, each)}
    wanted |= set(live.missing) & manifest.nodes.keys()
    wanted -= set(live.release.pending)
    wanted |= _views_of(manifest, wanted) - set(live.release.pending)
    if not wanted:
        return selected_of(manifest, (), live.manifest, None, (), live.release.pending)
    arguments = covering(manifest, wanted)
    chosen = version.select(arguments, live.manifest)
    return selected_of(manifest, arguments, live.manifest, None, chosen, live.release.pending)


def covering(manifest: Manifest, wanted: Collection[str]) -> tuple[str, ...]:
    """dbt selections that name all of `wanted`: by kind where all of a kind are wanted, because dbt
    looks at every node once for each selection, and one by one elsewhere."""
    kinds: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for unique_id, node in manifest.nodes.items():
        kinds[node.resource_type, node.materialized].add(unique_id)
    selections: list[str] = []
    for (resource_type, materialized), members in sorted(kinds.items()):
        if members <= set(wanted):
            selections.append(f"resource_type:{resource_type},config.materialized:{materialized}")
        else:
            selections += [manifest.nodes[each].selector for each in sorted(members & set(wanted))]
    return tuple(selections)


def _is_refreshed(manifest: Manifest, unique_id: str) -> bool:
    node = manifest.nodes[unique_id]
    return node.materialized != _VIEW and node.resource_type != "seed"


def _views_of(manifest: Manifest, wanted: Collection[str]) -> set[str]:
    """The views that read one of `wanted`, over any number of views and ephemeral models."""
    children = manifest.children
    found: set[str] = set()
    ahead = list(wanted)
    while ahead:
        for child in children.get(ahead.pop(), ()):
            is_view = manifest.is_virtual(child)
            if is_view and child not in found:
                found.add(child)
                ahead.append(child)
    return found & manifest.nodes.keys()
