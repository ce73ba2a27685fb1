"""A dbt project that needs no dbt: the double of `ProjectVersion` that builds into memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from dbt_rewind.dbt.freshness import SourceAge
from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.dbt.progress import NodeProgress, ProgressListener, ignore_progress
from dbt_rewind.dbt.results import read_results
from dbt_rewind.dbt.saved_selectors import Definition
from dbt_rewind.dbt.version import Built, ProjectVersion
from dbt_rewind.engine.build_plan import OpenVersion
from dbt_rewind.model import Column, RelationName
from dbt_rewind.warehouse.memory_store import MemoryStore, Row

DATABASE = "memory"
COLUMNS = (Column("model", "VARCHAR"), Column("code", "VARCHAR"), Column("inputs", "VARCHAR"))
SECONDS = 0.25

Hook = Callable[[str], None]
"""Called before each step of the double; what it raises, dbt raised."""


def no_hook(_: str) -> None:
    pass


@dataclass(frozen=True)
class Model:
    """A model as its file says: `outcome` is dbt's word for building it, `tests` for its tests.

    A parent is another model's name, or a source's unique id.
    """

    code: str = "1"
    materialized: str = "table"
    parents: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    outcome: str = "success"
    schema: str = "gold"
    resource_type: str = "model"

    def id(self, name: str) -> str:
        return f"{self.resource_type}.shop.{name}"


Project = Mapping[str, Model]


def pointer(name: str, schema: str = "gold") -> RelationName:
    return RelationName(DATABASE, schema, name)


def versioned(name: str, release: int, schema: str = "gold") -> RelationName:
    return RelationName(DATABASE, f"rewind_r{release}_{schema}", name)


Places = Mapping[str, RelationName]
NOWHERE: Places = {}


def project_key(project: Project) -> str:
    """Equal for projects that would build the same."""
    return hashlib.sha256(repr(sorted(project.items())).encode()).hexdigest()


def manifest_of(
    project: Project, places: Places = NOWHERE, *, compiled: bool = False
) -> dict[str, Any]:
    """What dbt writes for the project with its nodes in `places`, or under their public names."""
    nodes: dict[str, Any] = {}
    for name, model in project.items():
        unique_id = model.id(name)
        relation = places.get(unique_id, pointer(name, model.schema))
        nodes[unique_id] = {
            "unique_id": unique_id,
            "resource_type": model.resource_type,
            "config": {"materialized": model.materialized, "schema": model.schema},
            "database": relation.database,
            "schema": relation.schema,
            "alias": relation.name,
            "fqn": ["shop", name],
            "original_file_path": f"models/{name}.sql",
            "checksum": f"{model.code} {model.outcome}",
            "depends_on": {"nodes": [_parent_id(project, parent) for parent in model.parents]},
        }
        if compiled:
            nodes[unique_id]["compiled_code"] = f"select '{model.code}' as code"
        for number, outcome in enumerate(model.tests):
            test_id = f"test.shop.{name}_{number}_{outcome}"
            nodes[test_id] = {
                "unique_id": test_id,
                "resource_type": "test",
                "config": {"materialized": "test"},
                "original_file_path": f"models/{name}.yml",
                "fqn": ["shop", f"{name}_{number}_{outcome}"],
                "checksum": outcome,
                "depends_on": {"nodes": [unique_id]},
            }
            if compiled:
                nodes[test_id]["compiled_code"] = f"select * from {name} where code is null"
    return {"metadata": {"dbt_version": "1.11.0"}, "nodes": nodes}


def _parent_id(project: Project, parent: str) -> str:
    return project[parent].id(parent) if parent in project else parent


class FakeVersion(ProjectVersion):
    """Selects as dbt does (`state:modified+`, `fqn:`, names; commas meet, the rest unite) and
    builds tables whose one row says the model, its code and the code of what it read. An
    incremental model adds its row to what is there."""

    def __init__(self, store: MemoryStore, project: Project, hook: Hook = no_hook) -> None:
        self._store, self._project, self._hook = store, project, hook
        self.places: dict[str, RelationName] = {}
        self.built: list[str] = []
        self.ages: tuple[SourceAge, ...] = ()
        self.closed = False

    @property
    def dbt_version(self) -> str:
        return "1.11.0"

    def parse(self) -> Manifest:
        self._hook("parse")
        return Manifest(manifest_of(self._project))

    def place(self, relations: Mapping[str, RelationName | None]) -> None:
        self._hook("place")
        self.places |= {key: place for key, place in relations.items() if place}

    def text(self, package: str, file: str) -> str | None:
        return None

    def wait(self, waiting: Mapping[str, Sequence[str]]) -> None:
        self._hook("wait")

    def select(
        self, selection: Sequence[str], state: Manifest | None, *, within: Definition | None = None
    ) -> tuple[str, ...]:
        self._hook("select")
        return tuple(sorted(self._within(self._chosen(selection, state), within)))

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
        self._hook("build")
        chosen = self._within(self._chosen(selection, state), within)
        nodes = manifest_of(self._project, self.places)["nodes"]
        outcomes: dict[str, str] = {}
        for name in self._ordered():
            unique_id = self._project[name].id(name)
            if unique_id in chosen and self._project[name].materialized != "ephemeral":
                self._hook(f"build {name}")
                outcomes[unique_id] = self._build(name, outcomes, state, chosen)
                listener(
                    NodeProgress(unique_id, "model", True, outcomes[unique_id], SECONDS),
                )
        for unique_id in sorted(chosen):
            if unique_id.startswith("test."):
                tested = nodes[unique_id]["depends_on"]["nodes"][0]
                good = outcomes.get(tested, "success") == "success"
                outcomes[unique_id] = nodes[unique_id]["checksum"] if good else "skipped"
                listener(NodeProgress(unique_id, "test", True, outcomes[unique_id], SECONDS))
        self._hook("built")
        return self._left(outcomes)

    def test(
        self,
        selection: Sequence[str],
        state: Manifest,
        *,
        listener: ProgressListener = ignore_progress,
    ) -> Built:
        self._hook("test")
        chosen = self._chosen(selection, state)
        nodes = manifest_of(self._project, self.places)["nodes"]
        return self._left(
            {each: nodes[each]["checksum"] for each in sorted(chosen) if each.startswith("test.")}
        )

    def freshness(self) -> tuple[SourceAge, ...]:
        self._hook("source freshness")
        return self.ages

    def close(self) -> None:
        self.closed = True

    def _left(self, outcomes: Mapping[str, str]) -> Built:
        results = [
            {
                "unique_id": unique_id,
                "status": status,
                "execution_time": SECONDS,
                "message": _message(status),
            }
            for unique_id, status in outcomes.items()
        ]
        content = json.dumps({"results": results}).encode()
        data = manifest_of(self._project, self.places, compiled=True)
        return Built(
            Manifest(data), read_results(content, "results"), json.dumps(data).encode(), content
        )

    def _build(
        self, name: str, outcomes: Mapping[str, str], state: Manifest | None, chosen: set[str]
    ) -> str:
        model = self._project[name]
        parents = [parent for parent in model.parents if parent in self._project]
        if any(
            outcomes.get(self._project[parent].id(parent), "success") != "success"
            for parent in parents
        ):
            return "skipped"
        self.built.append(name)
        if model.outcome != "success":
            return model.outcome
        relation = self.places[model.id(name)]
        read = [self._held(parent, state, chosen) for parent in parents]
        sources = [relation for relation in read if relation is not None]
        if model.materialized == "view":
            self._store.create_view(relation, sources[0] if sources else None)
            return "success"
        codes = [self._store.rows(source)[-1][1] for source in sources]
        rows: tuple[Row, ...] = ((name, model.code, "+".join(codes)),)
        if model.materialized == "incremental" and relation in self._store.contents.relations:
            rows = (*self._store.rows(relation), *rows)
        self._store.create_table(relation, COLUMNS, rows)
        return "success"

    def _held(self, name: str, state: Manifest | None, chosen: set[str]) -> RelationName | None:
        """Where `ref()` leads: built now, or the relation that the state names."""
        model = self._project[name]
        if model.materialized == "ephemeral":
            return None
        if state is None or model.id(name) in chosen:
            return self.places[model.id(name)]
        return state.nodes[model.id(name)].relation

    def _ordered(self) -> list[str]:
        ordered: list[str] = []
        while len(ordered) < len(self._project):
            ordered += [
                name
                for name in sorted(self._project)
                if name not in ordered
                and all(
                    parent in ordered or parent not in self._project
                    for parent in self._project[name].parents
                )
            ]
        return ordered

    def _chosen(self, selection: Sequence[str], state: Manifest | None) -> set[str]:
        nodes = manifest_of(self._project, self.places)["nodes"]
        if not selection:
            return set(nodes)
        words = [word for part in selection for word in part.split()]
        return set().union(*(self._meeting(word.split(","), nodes, state) for word in words))

    def _within(self, chosen: set[str], within: Definition | None) -> set[str]:
        """A definition of the double's is one word."""
        return chosen & self._chosen([str(within)], None) if within is not None else chosen

    def _meeting(
        self, atoms: Sequence[str], nodes: Mapping[str, Any], state: Manifest | None
    ) -> set[str]:
        return set.intersection(*(self._atom(atom, nodes, state) for atom in atoms))

    def _atom(self, atom: str, nodes: Mapping[str, Any], state: Manifest | None) -> set[str]:
        name, after = atom.removesuffix("+"), atom.endswith("+")
        if name == "state:modified":
            held = state.data["nodes"] if state else {}
            found = {
                unique_id
                for unique_id, node in nodes.items()
                if unique_id not in held or _code(held[unique_id]) != _code(node)
            }
        elif name.startswith("resource_type:"):
            found = {each for each, n in nodes.items() if n["resource_type"] == name[14:]}
        elif name.startswith("config.materialized:"):
            found = {each for each, n in nodes.items() if n["config"]["materialized"] == name[20:]}
        else:
            wanted = name.removeprefix("fqn:").split(".")[-1]
            found = {each for each, node in nodes.items() if fnmatch(node["fqn"][-1], wanted)}
        while after:
            more = {
                each for each, node in nodes.items() if found & set(node["depends_on"]["nodes"])
            } - found
            if not more:
                break
            found |= more
        return found | {
            each
            for each, node in nodes.items()
            if node["resource_type"] == "test" and found & set(node["depends_on"]["nodes"])
        }


def _code(node: Mapping[str, Any]) -> tuple[Any, ...]:
    return node["checksum"], node["config"], node["depends_on"]


def _message(status: str) -> str:
    return {
        "error": "Binder Error: column not found",
        "fail": "Got 3 results, configured to fail if != 0",
        "warn": "Got 1 result, configured to warn if != 0",
    }.get(status, "")


def opening(
    store: MemoryStore,
    project: Project,
    hook: Hook = no_hook,
    versions: list[FakeVersion] | None = None,
) -> OpenVersion:
    """Opens doubles of the project; `versions` collects them."""

    @contextmanager
    def open_version() -> Iterator[ProjectVersion]:
        hook("open")
        version = FakeVersion(store, project, hook)
        if versions is not None:
            versions.append(version)
        yield version

    return open_version
