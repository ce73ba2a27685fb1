"""A double of dbt: `nodes.json` says what a version is made of, and it writes real tables.

    {"sales": {"schema": "gold", "materialized": "table", "text": 3, "needs": ["orders"]}}

`text` stands for the node's code. Every row says which node wrote it in which release, so that a
mixture of releases shows in the data itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from tests.crash.writing import WriteFailed, Written, written

from dbt_rewind.dbt.freshness import SourceAge
from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.dbt.progress import ProgressListener, ignore_progress
from dbt_rewind.dbt.results import NodeResult, RunResults
from dbt_rewind.dbt.saved_selectors import Definition
from dbt_rewind.dbt.version import Built, ProjectVersion
from dbt_rewind.engine.select import CHANGED
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.model import SCHEMA_PREFIX, RelationName

NODES_FILE = "pipeline/nodes.json"

Instant = Callable[[str], None]


def opening(instant: Instant) -> Callable[..., Any]:
    """What takes the place of `Workspace.open_version`; `instant` is told of each write."""

    @contextmanager
    def open_version(workspace: Workspace, sha: str) -> Iterator[ProjectVersion]:
        content = workspace.repository.file(sha, PurePosixPath(NODES_FILE))
        assert content is not None
        yield DoubleVersion(json.loads(content), written(workspace.profile), instant)

    return open_version


@dataclass(frozen=True)
class DoubleVersion:
    """A `ProjectVersion` without dbt."""

    nodes: Mapping[str, Mapping[str, Any]]
    database: Written
    instant: Instant
    places: dict[str, RelationName] = field(default_factory=dict)

    dbt_version = "1.11.0"

    def place(self, relations: Mapping[str, RelationName | None]) -> None:
        self.places.update({key: place for key, place in relations.items() if place})

    def parse(self) -> Manifest:
        nodes = {unique_id(name): self._parsed(name) for name in self.nodes}
        return Manifest({"metadata": {"dbt_version": self.dbt_version}, "nodes": nodes})

    def text(self, package: str, file: str) -> str | None:
        return None

    def wait(self, waiting: Mapping[str, Sequence[str]]) -> None:
        pass

    def _parsed(self, name: str) -> dict[str, Any]:
        node = self.nodes[name]
        public = RelationName(self.database.name, node["schema"], name)
        place = self.places.get(unique_id(name), public)
        return {
            "unique_id": unique_id(name),
            "resource_type": "model",
            "config": {"materialized": node["materialized"]},
            "database": place.database,
            "schema": place.schema,
            "alias": place.name,
            "fqn": ["double", name],
            "original_file_path": f"models/{name}.sql",
            "depends_on": {"nodes": [unique_id(need) for need in node.get("needs", ())]},
            "checksum": {"name": "sha256", "checksum": str(node.get("text"))},
            "definition": node,
        }

    def select(
        self, selection: Sequence[str], state: Manifest | None, *, within: Definition | None = None
    ) -> tuple[str, ...]:
        assert within is None, "the double has no saved selectors"
        if state is None or not selection:
            return tuple(unique_id(name) for name in self.nodes)
        if CHANGED not in selection:
            return tuple(unique_id(name) for name in self.nodes if self._is_named(name, selection))
        chosen: set[str] = set()
        for name, node in self.nodes.items():  # what is needed stands before what needs it
            held = state.data["nodes"].get(unique_id(name))
            changed = held is None or held["definition"] != node
            if changed or not chosen.isdisjoint(node.get("needs", ())):
                chosen.add(name)
        return tuple(unique_id(name) for name in sorted(chosen))

    def _is_named(self, name: str, selection: Sequence[str]) -> bool:
        """By its kind, or by its own selector, as a refresh names nodes."""
        kind = f"resource_type:model,config.materialized:{self.nodes[name]['materialized']}"
        return kind in selection or self.parse().nodes[unique_id(name)].selector in selection

    def build(
        self,
        selection: Sequence[str],
        state: Manifest | None,
        *,
        within: Definition | None = None,
        retries: int = 0,
        full_refresh: bool = False,
        listener: ProgressListener = ignore_progress,
    ) -> Built:
        chosen = self.select(selection, state, within=within)
        results = {}
        for name in self.nodes:
            if unique_id(name) in chosen:
                self.instant(f"building {name}")
                results[unique_id(name)] = self._build(name, chosen, state)
        self.instant("built")
        manifest = self.parse()
        content = json.dumps(manifest.data).encode()
        return Built(manifest, RunResults(results), content, b'{"results": []}')

    def _build(self, name: str, chosen: Sequence[str], state: Manifest | None) -> NodeResult:
        node = self.nodes[name]
        place = self.places[unique_id(name)]
        release = place.schema.removeprefix(SCHEMA_PREFIX).split("_")[0]
        row = f"select '{name}' as node, {release} as release, {node['text']} as text"
        problem = "it fails" if node.get("fails") else ""
        try:
            self._write(node, place, row, chosen, state)
        except WriteFailed as error:  # dbt makes a failed node of it, too
            problem = str(error)
        status = "error" if problem else "success"
        return NodeResult(unique_id(name), status, 0.01, problem, None)

    def _write(
        self,
        node: Mapping[str, Any],
        place: RelationName,
        row: str,
        chosen: Sequence[str],
        state: Manifest | None,
    ) -> None:
        target = f'"{place.schema}"."{place.name}"'
        make = f'create schema if not exists "{place.schema}"'
        if node["materialized"] == "view":
            (need,) = node["needs"]
            row += f" from {self._held(need, chosen, state)} limit 1"
            self.database.run(make, f"create or replace view {target} as {row}")
        elif node["materialized"] == "incremental":
            create = f"create table if not exists {target} as {row} limit 0"
            self.database.run(make, create, f"insert into {target} {row}")
        else:
            drop = f"drop table if exists {target}"
            self.database.run(make, drop, f"create table {target} as {row}")

    def _held(self, name: str, chosen: Sequence[str], state: Manifest | None) -> str:
        node = self._parsed(name)
        if unique_id(name) not in chosen and state is not None:
            node = state.data["nodes"][unique_id(name)]
        return f'{node["schema"]}."{node["alias"]}"'

    def test(
        self,
        selection: Sequence[str],
        state: Manifest,
        *,
        listener: ProgressListener = ignore_progress,
    ) -> Built:
        raise NotImplementedError

    def freshness(self) -> tuple[SourceAge, ...]:
        raise NotImplementedError

    def close(self) -> None:
        pass


def unique_id(name: str) -> str:
    return f"model.double.{name}"
