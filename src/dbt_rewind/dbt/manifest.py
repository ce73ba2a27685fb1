"""dbt's `manifest.json`: which relations a version of a project is made of, and their names."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from dbt_rewind.dbt.freshness import limits_of
from dbt_rewind.errors import ArtifactInvalid
from dbt_rewind.model import STORED, RelationName

_NO_SELECTOR = re.compile(r"[^\w.-]")
"""What dbt would take apart (spaces, commas) or for a pattern, in a selection."""

_T = TypeVar("_T")

RELATION_TYPES = frozenset({"model", "seed", "snapshot"})


def _selector(fqn: tuple[str, ...]) -> str:
    name = _NO_SELECTOR.sub("?", ".".join(fqn))
    # A pattern has to fit to the end; without one, a folder's name stands for all in it.
    return f"fqn:{name[:-1]}[{name[-1]}]" if name[-1].isalnum() else f"fqn:{name[:-1]}?"


@dataclass(frozen=True, slots=True)
class ManifestNode:
    """One node that becomes a relation; `relation` is where the manifest says that it is, which is
    its public name as long as it was not placed elsewhere. `full_refresh` is what its
    configuration says of that, which comes before what is asked for."""

    unique_id: str
    resource_type: str
    materialized: str
    relation: RelationName
    fqn: tuple[str, ...]
    file: str
    follows_sources: bool
    full_refresh: bool | None = None

    @property
    def selector(self) -> str:
        """A dbt selection that names this node and no other."""
        return _selector(self.fqn)

    @property
    def stateful(self) -> bool:
        """Its new content is made from its old content, so that it is cloned before it is built."""
        return self.materialized == "incremental" or self.resource_type == "snapshot"

    def continues(self, *, full_refresh: bool) -> bool:
        """Whether the node goes on from its content in a build with or without a full refresh,
        which begins incremental models anew, and never snapshots."""
        anew = full_refresh if self.full_refresh is None else self.full_refresh
        return self.stateful and (self.resource_type == "snapshot" or not anew)


@dataclass(frozen=True)
class Manifest:
    """A parsed manifest. `data` is the artifact as dbt wrote it and is never changed."""

    data: Mapping[str, Any]

    @property
    def dbt_version(self) -> str:
        return str(self.data["metadata"].get("dbt_version", ""))

    @cached_property
    def nodes(self) -> Mapping[str, ManifestNode]:
        """The nodes that become relations, by unique id: no ephemeral and no disabled ones."""
        return {node.unique_id: node for node in self._relation_nodes()}

    @property
    def unique_ids(self) -> frozenset[str]:
        """All nodes, tests included, whether they become relations or not."""
        return frozenset({**self.data["nodes"], **self.data.get("unit_tests", {})})

    @cached_property
    def kept_failures(self) -> Mapping[str, RelationName]:
        """The relations in which tests keep the rows that they found, by unique id."""
        return {
            unique_id: _relation_name(node)
            for unique_id, node in self.data["nodes"].items()
            if _text(node["resource_type"]) == "test" and node.get("relation_name")
        }

    @property
    def functions(self) -> Mapping[str, str]:
        """The files of user-defined functions, which dbt makes beside the relations, by id."""
        functions = self.data.get("functions", {})
        return {each: str(found["original_file_path"]) for each, found in functions.items()}

    @property
    def selectors(self) -> Mapping[str, Any]:
        """The definitions of the saved selectors, by name."""
        saved = self.data.get("selectors", {})
        return {name: selector["definition"] for name, selector in saved.items()}

    @property
    def default_selector(self) -> str | None:
        """The saved selector that dbt takes where none is asked for."""
        saved = self.data.get("selectors", {})
        return next((name for name, selector in saved.items() if selector.get("default")), None)

    def reads(self, unique_id: str) -> frozenset[str]:
        """The nodes whose relations the node's own cannot be without: what a view reads, through
        ephemeral models, and what the foreign keys of a table may lead to."""
        node = self._any(unique_id) or {}
        if node.get("config", {}).get("materialized") in STORED and not _has_foreign_key(node):
            return frozenset()
        found: set[str] = set()
        waiting, passed = [unique_id], {unique_id}
        while waiting:
            parents = (self._any(waiting.pop()) or {}).get("depends_on", {}).get("nodes", ())
            found.update(parent for parent in parents if parent in self.nodes)
            inlined = {parent for parent in parents if parent not in self.nodes} - passed
            waiting += inlined
            passed |= inlined
        return frozenset(found)

    def sources_of(self, unique_ids: Collection[str]) -> frozenset[RelationName]:
        """The sources that these nodes read, through ephemeral models."""
        sources = self.data.get("sources", {})
        found: set[RelationName] = set()
        waiting, passed = list(unique_ids), set(unique_ids)
        while waiting:
            for parent in (self._any(waiting.pop()) or {}).get("depends_on", {}).get("nodes", ()):
                if parent in sources:
                    found.add(_source_name(sources[parent]))
                elif parent not in self.nodes and parent not in passed:
                    passed.add(parent)
                    waiting.append(parent)
        return frozenset(found)

    @cached_property
    def aged_sources(self) -> Mapping[str, str]:
        """The sources for which the project says how old they may be: `raw.orders`, by unique
        id."""
        return {
            unique_id: f"{_text(source['source_name'])}.{_text(source['name'])}"
            for unique_id, source in self.data.get("sources", {}).items()
            if limits_of(source.get("freshness") or {})
        }

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The models, seeds and snapshots that read each node, ephemeral ones included."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for unique_id, node in self.data["nodes"].items():
            if node["resource_type"] in RELATION_TYPES:
                for parent in node["depends_on"].get("nodes", ()):
                    found[parent].append(unique_id)
        return {parent: tuple(children) for parent, children in found.items()}

    def parents(self, unique_id: str) -> frozenset[str]:
        """What the node, tests included, depends on directly."""
        node = self._any(unique_id) or {}
        return frozenset(node.get("depends_on", {}).get("nodes", ()))

    def reached(self, unique_ids: Collection[str]) -> frozenset[str]:
        """These nodes and all that read them, over any number of others, ephemeral ones too."""
        found: set[str] = set()
        ahead = list(unique_ids)
        while ahead:
            unique_id = ahead.pop()
            if unique_id not in found:
                found.add(unique_id)
                ahead += self.children.get(unique_id, ())
        return frozenset(found)

    def code(self, unique_id: str) -> str | None:
        """Equal for nodes with equal files; None where there is no such node."""
        node = self._any(unique_id)
        if node is None:
            return None
        return json.dumps([node.get("checksum"), node["config"].get("materialized")])

    def is_virtual(self, unique_id: str) -> bool:
        """Whether the node holds no rows itself, as views and ephemeral models do."""
        node = self._any(unique_id)
        return node is not None and node["config"].get("materialized") in {"view", "ephemeral"}

    def selector(self, unique_id: str) -> str | None:
        """A dbt selection that names this node, tests included, and no other; None for what none
        can name."""
        node = self._any(unique_id)
        return _selector(tuple(node["fqn"])) if node and node.get("fqn") else None

    def file(self, unique_id: str) -> str | None:
        """The file of any node, tests included, relative to the project's folder."""
        node = self._any(unique_id)
        return _text(node["original_file_path"]) if node else None

    def tags(self, unique_id: str) -> tuple[str, ...]:
        node = self._any(unique_id)
        return tuple(_text(tag) for tag in _of(list, node.get("tags", []))) if node else ()

    def limit(self, unique_id: str, status: str) -> str | None:
        """The condition, such as `!= 0`, under which a test's failing rows make it `warn` or
        `fail`; None for what is no such test."""
        config = (self._any(unique_id) or {}).get("config", {})
        condition = config.get("warn_if" if status == "warn" else "error_if")
        return condition if isinstance(condition, str) else None

    def unique_key(self, unique_id: str) -> tuple[str, ...]:
        """The columns of an incremental model's own `unique_key`; none for others, and for keys
        that are expressions. A snapshot's key stands in many rows."""
        node = self._any(unique_id)
        if node is None or node["config"].get("materialized") != "incremental":
            return ()
        key = node["config"].get("unique_key") or ()
        columns = (key,) if isinstance(key, str) else tuple(key)
        return columns if all(str(column).isidentifier() for column in columns) else ()

    def compiled_sql(self, unique_id: str) -> str | None:
        """What dbt compiled for a node that it got as far as compiling."""
        node = self._any(unique_id)
        compiled = node.get("compiled_code") if node else None
        return None if compiled is None else _text(compiled)

    def _any(self, unique_id: str) -> Mapping[str, Any] | None:
        node = self.data["nodes"].get(unique_id) or self.data.get("unit_tests", {}).get(unique_id)
        return node if isinstance(node, Mapping) else None

    def _relation_nodes(self) -> Iterator[ManifestNode]:
        following: dict[str, bool] = {}
        for unique_id, node in self.data["nodes"].items():
            materialized = _text(node["config"].get("materialized", ""))
            if _text(node["resource_type"]) not in RELATION_TYPES or materialized == "ephemeral":
                continue
            yield ManifestNode(
                unique_id,
                node["resource_type"],
                materialized,
                _relation_name(node),
                tuple(_text(part) for part in _of(list, node["fqn"])),
                _text(node["original_file_path"]),
                self._follows_sources(unique_id, following),
                node["config"].get("full_refresh"),
            )

    def _follows_sources(self, unique_id: str, known: dict[str, bool]) -> bool:
        """Whether the node's content changes when a source's does, without being built again."""
        if unique_id not in known:
            known[unique_id] = False  # dbt has no cycles; a damaged manifest must not hang us
            node = self._any(unique_id)
            stored = node is None or node["config"].get("materialized") not in {"view", "ephemeral"}
            known[unique_id] = not stored and any(
                parent.startswith("source.") or self._follows_sources(parent, known)
                for parent in (node or {}).get("depends_on", {}).get("nodes", ())
            )
        return known[unique_id]


def _has_foreign_key(node: Mapping[str, Any]) -> bool:
    parts = (node, *(node.get("columns") or {}).values())
    return any(
        constraint.get("type") == "foreign_key"
        for part in parts
        for constraint in part.get("constraints") or ()
    )


def _relation_name(node: Mapping[str, Any]) -> RelationName:
    return RelationName(_text(node["database"] or ""), _text(node["schema"]), _text(node["alias"]))


def _source_name(source: Mapping[str, Any]) -> RelationName:
    return RelationName(source.get("database") or "", source["schema"], source["identifier"])


def _text(value: object) -> str:
    return _of(str, value)


def _of(kind: type[_T], value: object) -> _T:
    """The value, once it is known to be of that kind. Raises TypeError."""
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} found, {kind.__name__} expected")
    return value


def read_manifest(content: bytes, name: str) -> Manifest:
    """The manifest in `content`; `name` is what an error calls it. Raises ArtifactInvalid."""
    try:
        data = json.loads(content)
        manifest = Manifest(data)
        _ = manifest.dbt_version, manifest.nodes, manifest.kept_failures
        _ = manifest.selectors, manifest.default_selector, manifest.aged_sources
        # What is looked at later is looked at now, so that it cannot fail in the middle of work.
        for unique_id in (*_of(dict, data["nodes"]), *_of(dict, data.get("unit_tests", {}))):
            _ = manifest.file(unique_id), manifest.tags(unique_id), manifest.compiled_sql(unique_id)
            _ = manifest.reads(unique_id)
        _ = [each.selector for each in manifest.nodes.values()]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ArtifactInvalid(name, f"{type(error).__name__}: {error}") from error
    return manifest


def merge_manifests(new: Manifest, live: Manifest | None, built: Collection[str]) -> Manifest:
    """What the new release stores: built nodes as parsed now, all others as the live release has
    them, so that `--state` names the relation that really holds each node and compares each node
    with the code it was really built from."""
    nodes = dict(new.data["nodes"])
    for unique_id in new.data["nodes"]:
        if unique_id not in new.nodes or unique_id in built:
            continue
        held = live.data["nodes"].get(unique_id) if live else None
        if held is not None:
            nodes[unique_id] = held
        else:
            del nodes[unique_id]
    return Manifest({**new.data, "nodes": nodes})


def placed(manifest: Manifest, places: Mapping[str, RelationName]) -> Manifest:
    """The manifest with these nodes, by unique id, in other relations. Only the schema may be
    another one."""
    nodes = dict(manifest.data["nodes"])
    for unique_id, place in places.items():
        node = nodes[unique_id]
        name = _in_schema(node.get("relation_name"), node, place.schema)
        nodes[unique_id] = {**node, "schema": place.schema, "relation_name": name}
    return replace(manifest, data={**manifest.data, "nodes": nodes})


def _in_schema(name: str | None, node: Mapping[str, Any], schema: str) -> str | None:
    """A relation's name as SQL text, quoted as the adapter does it, in another schema."""
    before, own, after = (name or "").rpartition(node["alias"])
    database, held, between = before.rpartition(node["schema"])
    return f"{database}{schema}{between}{own}{after}" if held else name
