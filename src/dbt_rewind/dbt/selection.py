"""dbt's selections, evaluated on a stored manifest without dbt, as far as that is certain.

Names, `tag:`, `path:`, `fqn:`, `file:`, `package:`, `resource_type:` and `config.materialized:`,
with `+` before and after, commas and spaces. Of everything else only dbt can tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from dbt_rewind.dbt.manifest import RELATION_TYPES, Manifest

_WORD = re.compile(r"(?P<parents>\d*\+)?(?:(?P<method>[\w.]+):)?(?P<value>.*?)(?P<children>\+\d*)?")
_PLAIN = re.compile(r"[\w./-]+")
_FILES = (".sql", ".py", ".csv")

Node = Mapping[str, Any]


class _DbtKnows(Exception):
    """Only dbt can tell what is meant."""


def selected_nodes(manifest: Manifest, selection: str) -> frozenset[str] | None:
    """The models, seeds and snapshots that dbt would select, ephemeral ones included, by unique id;
    None where only dbt can tell."""
    nodes = {
        unique_id: node
        for unique_id, node in manifest.data["nodes"].items()
        if node["resource_type"] in RELATION_TYPES
    }
    evaluation = _Evaluation(manifest, nodes)
    try:
        words = [evaluation.meeting(word.split(",")) for word in selection.split()]
    except _DbtKnows:
        return None
    return frozenset().union(*words)


class _Evaluation:
    def __init__(self, manifest: Manifest, nodes: Mapping[str, Node]) -> None:
        self._manifest, self._nodes = manifest, nodes
        self._methods: Mapping[str, Callable[[str], Iterator[str]]] = {
            "fqn": self._fqn,
            "tag": self._tag,
            "path": self._path,
            "file": self._file,
            "package": self._package,
            "resource_type": self._resource_type,
            "config.materialized": self._materialized,
        }

    def meeting(self, words: Collection[str]) -> frozenset[str]:
        return frozenset.intersection(*(self._word(word) for word in words))

    def _word(self, word: str) -> frozenset[str]:
        match = _WORD.fullmatch(word)
        if match is None or not _PLAIN.fullmatch(match["value"]):
            raise _DbtKnows
        value = match["value"]
        search = self._methods.get(match["method"] or _method_of(value))
        if search is None:
            raise _DbtKnows
        found = set(search(value))
        before, after = match["parents"], match["children"]
        return frozenset(
            found
            | (self._around(found, before[:-1], self._parents) if before else set())
            | (self._around(found, after[1:], self._children) if after else set())
        )

    def _around(
        self, found: set[str], depth: str, step: Callable[[str], Collection[str]]
    ) -> set[str]:
        """What is reached from `found` in that many steps; in any number where nothing is said."""
        reached: set[str] = set()
        edge, left = set(found), int(depth) if depth else len(self._nodes)
        while edge and left:
            edge = {each for unique_id in edge for each in step(unique_id)} - reached
            reached |= edge
            left -= 1
        return reached

    def _parents(self, unique_id: str) -> Collection[str]:
        parents = self._nodes[unique_id]["depends_on"].get("nodes", ())
        return [parent for parent in parents if parent in self._nodes]

    def _children(self, unique_id: str) -> Collection[str]:
        return self._manifest.children.get(unique_id, ())

    def _fqn(self, value: str) -> Iterator[str]:
        wanted = value.split(".")
        for unique_id, node in self._nodes.items():
            if node.get("version") is not None:
                raise _DbtKnows  # a version has names of its own
            fqn = [str(part) for part in node["fqn"]]
            if fqn[-1] == value or _begins(fqn, wanted) or _begins(fqn[1:], wanted):
                yield unique_id

    def _tag(self, value: str) -> Iterator[str]:
        return (each for each in self._nodes if value in self._manifest.tags(each))

    def _path(self, value: str) -> Iterator[str]:
        path = PurePosixPath(value)
        own = self._manifest.data["metadata"].get("project_name")
        if path.is_absolute() or not path.parts or ".." in path.parts:
            raise _DbtKnows
        for unique_id, node in self._nodes.items():
            file = PurePosixPath(node["original_file_path"])
            patch = str(node.get("patch_path") or "").partition("://")[2]
            if path in (file, *file.parents) or (patch and path == PurePosixPath(patch)):
                if node.get("package_name", own) != own:
                    raise _DbtKnows  # it depends on what the project has of that path
                yield unique_id

    def _file(self, value: str) -> Iterator[str]:
        for unique_id, node in self._nodes.items():
            file = PurePosixPath(node["original_file_path"])
            if value in (file.name, file.stem):
                yield unique_id

    def _package(self, value: str) -> Iterator[str]:
        own = self._manifest.data["metadata"].get("project_name")
        wanted = own if value == "this" and own else value
        return (each for each, node in self._nodes.items() if node.get("package_name") == wanted)

    def _resource_type(self, value: str) -> Iterator[str]:
        if value not in RELATION_TYPES:
            raise _DbtKnows
        return (each for each, node in self._nodes.items() if node["resource_type"] == value)

    def _materialized(self, value: str) -> Iterator[str]:
        return (
            each
            for each, node in self._nodes.items()
            if node["config"].get("materialized") == value
        )


def _method_of(value: str) -> str:
    """As dbt takes a word without a method."""
    if "/" in value:
        return "path"
    return "file" if value.lower().endswith(_FILES) else "fqn"


def _begins(fqn: list[str], wanted: list[str]) -> bool:
    """Whether the name, in which dots are folders too, begins as is wanted."""
    flat = [part for segment in fqn for part in segment.split(".")]
    return flat[: len(wanted)] == wanted
