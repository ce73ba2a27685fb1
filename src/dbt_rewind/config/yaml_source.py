"""YAML as bytes on disk, made safe to parse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import yaml

LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_DEEPEST = 60
"""Levels of nesting; libyaml's loader overflows the C stack on very deep ones."""


@dataclass(eq=False)
class YamlProblem(Exception):
    """The text is no YAML that we read; `line` counts from 1. Never quotes a value."""

    line: int | None
    problem: str


def checked_text(content: bytes) -> str:
    """The file's text, once it is known to be well-formed YAML of a sane depth.

    Raises YamlProblem.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise YamlProblem(line, "is not UTF-8 text") from None
    depth = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _DEEPEST:
                    raise YamlProblem(_line(event.start_mark), "is nested too deeply")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError as error:
        raise yaml_problem(error) from None
    return text


def yaml_problem(error: yaml.YAMLError) -> YamlProblem:
    """A parser's error as ours. Its words are left out: they may quote a secret."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return YamlProblem(_line(mark), "is not valid YAML")


def _line(mark: Any) -> int | None:
    return mark.line + 1 if mark is not None else None
