"""Sources that are the project's own seeds, models or snapshots.

Many projects say `source('raw', 'orders')` of what `dbt seed` builds as `raw.orders`. Such a source
has to be the release's own relation, and whoever reads it has to wait for that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.errors import SourceCycle
from dbt_rewind.model import RelationName


class OwnSources:
    """The sources of a parsed project that name what its own nodes are known by."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    @cached_property
    def nodes(self) -> Mapping[str, str]:
        """The node behind each such source; both are unique ids."""
        known = {_folded(node.relation): node.unique_id for node in self._manifest.nodes.values()}
        found = {
            unique_id: known.get(_folded(_relation(source)))
            for unique_id, source in self._manifest.data.get("sources", {}).items()
        }
        return {source: node for source, node in found.items() if node is not None}

    @cached_property
    def waiting(self) -> Mapping[str, tuple[str, ...]]:
        """For each node, tests included, that reads such a source: the nodes to wait for.

        Raises SourceCycle where that would never end.
        """
        if not self.nodes:
            return {}
        waiting = {}
        for unique_id, node in self._manifest.data["nodes"].items():
            parents = _parents(node)
            own = tuple(self.nodes[each] for each in parents if each in self.nodes)
            if new := tuple(dict.fromkeys(each for each in own if each not in parents)):
                waiting[unique_id] = new
        self._require_no_cycle(waiting)
        return waiting

    @cached_property
    def manifest(self) -> Manifest:
        """The project with what it reads through such a source told like any other reference."""
        if not self.waiting:
            return self._manifest
        nodes = dict(self._manifest.data["nodes"])
        for unique_id, new in self.waiting.items():
            own = nodes[unique_id]["depends_on"]
            parents = [each for each in _parents(nodes[unique_id]) if each not in self.nodes]
            depends_on = {**own, "nodes": list(dict.fromkeys((*parents, *new)))}
            nodes[unique_id] = {**nodes[unique_id], "depends_on": depends_on}
        return replace(self._manifest, data={**self._manifest.data, "nodes": nodes})

    def _require_no_cycle(self, waiting: Mapping[str, Collection[str]]) -> None:
        nodes = self._manifest.data["nodes"]
        done: set[str] = set()
        for start in waiting:
            way: list[str] = []
            left: list[list[str]] = [[start]]
            while left:
                if not left[-1]:
                    left.pop()
                    if way:
                        done.add(way.pop())
                    continue
                unique_id = left[-1].pop()
                if unique_id in way:
                    cycle = way[way.index(unique_id) :]
                    raise SourceCycle(tuple(nodes[each]["original_file_path"] for each in cycle))
                if unique_id in done or unique_id not in nodes:
                    continue
                way.append(unique_id)
                left.append([*_parents(nodes[unique_id]), *waiting.get(unique_id, ())])


def _parents(node: Mapping[str, Any]) -> list[str]:
    return list(node.get("depends_on", {}).get("nodes", ()))


def _relation(source: Mapping[str, Any]) -> RelationName:
    return RelationName(source["database"] or "", source["schema"], source["identifier"])


def _folded(name: RelationName) -> tuple[str, str, str]:
    return name.database.lower(), name.schema.lower(), name.name.lower()
