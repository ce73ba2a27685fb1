"""A YAML document as plain values, with the line of every key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

import yaml

from dbt_rewind.config.yaml_source import LOADER, checked_text, yaml_problem

Place = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

_TAG: Final = "tag:yaml.org,2002:"
_CONVERTED: Final = {f"{_TAG}{name}" for name in ("int", "float", "bool", "null")}
# A date stays as it is written: JSON, which dbt's --vars are, has none.
_TEXT: Final = {f"{_TAG}{name}" for name in ("str", "timestamp", "value", "merge")}
_MOST_VALUES = 20_000


@dataclass(eq=False)
class DocumentProblem(Exception):
    """The document says something that no configuration may; `line` counts from 1."""

    line: int | None
    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class Document:
    """`value` holds only what JSON can hold; `lines` (from 1) is by place, the top's being ()."""

    value: Any
    lines: dict[Place, int]


def read_document(content: bytes) -> Document:
    """The document in `content`; keys are always text. Raises YamlProblem, DocumentProblem."""
    text = checked_text(content)
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:  # an alias to nothing, a second document
        raise yaml_problem(error) from None
    reading = _Reading()
    return Document(reading.value(root, ()) if root is not None else None, reading.lines)


@dataclass(slots=True)
class _Reading:
    lines: dict[Place, int] = field(default_factory=dict)
    open_nodes: set[int] = field(default_factory=set)
    values: int = 0

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, _line(node))
        self._count(node)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            raise _unknown_tag(node)
        with self._inside(node):
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, place)
            return [self.value(item, (*place, at)) for at, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        own: dict[str, yaml.Node] = {}
        merged: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            if key_node.tag == f"{_TAG}merge":
                for key, value in self._merged(value_node):
                    merged.setdefault(key, value)  # where several are merged, the first counts
                continue
            key = _key(key_node)
            if key in own:
                raise DocumentProblem(
                    _line(key_node), f"`{key}` is there twice", "keep one of the two"
                )
            own[key] = value_node
            self.lines.setdefault((*place, key), _line(key_node))
        return {key: self.value(value, (*place, key)) for key, value in (merged | own).items()}

    def _merged(self, node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
        self._count(node)
        if not isinstance(node, (yaml.MappingNode, yaml.SequenceNode)):
            raise DocumentProblem(
                _line(node), "`<<` merges something that is no mapping", "merge an alias of one"
            )
        with self._inside(node):
            if isinstance(node, yaml.SequenceNode):
                for item in node.value:
                    yield from self._merged(item)
                return
            # What a merged mapping says itself comes before what it merges in turn.
            for key, value in node.value:
                if key.tag != f"{_TAG}merge":
                    yield _key(key), value
            for key, value in node.value:
                if key.tag == f"{_TAG}merge":
                    yield from self._merged(value)

    @contextmanager
    def _inside(self, node: yaml.Node) -> Iterator[None]:
        if id(node) in self.open_nodes:
            raise DocumentProblem(
                _line(node), "an alias refers to the value that holds it", "write the value out"
            )
        self.open_nodes.add(id(node))
        try:
            yield
        finally:
            self.open_nodes.discard(id(node))

    def _count(self, node: yaml.Node) -> None:
        self.values += 1
        if self.values > _MOST_VALUES:
            raise DocumentProblem(
                _line(node), "the file holds too many values", "use fewer aliases of aliases"
            )


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _key(node: yaml.Node) -> str:
    # As written, so that an environment can be called `on` or `2024`.
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    raise DocumentProblem(_line(node), "a key is not plain text", "write a name before the colon")


def _scalar(node: yaml.ScalarNode) -> Any:
    if node.tag in _TEXT:
        return node.value
    if node.tag not in _CONVERTED:
        raise _unknown_tag(node)
    try:
        value = yaml.constructor.SafeConstructor().construct_object(node)
    except Exception:  # PyYAML fails in many ways on `!!int ""` and the like
        value = float("nan")
    if isinstance(value, float) and not isfinite(value):
        raise DocumentProblem(
            _line(node), f"{node.value!r} is not a number", "write a finite number, or quote text"
        )
    return value


def _unknown_tag(node: yaml.Node) -> DocumentProblem:
    return DocumentProblem(
        _line(node), f"the YAML tag {node.tag!r} means nothing here", "write the value without it"
    )
