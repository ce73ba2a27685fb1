"""What one setting of a server's profile must look like; no value is quoted, it may be a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Shape = Callable[[Any], str | None]
"""What is wrong with a value, None where nothing is."""


def text(value: Any) -> str | None:
    """Any text; nothing that a connection takes can hold a zero byte."""
    if isinstance(value, (int, float)):
        return "must be a text, not a number or a truth value: put it in quotes"
    return None if isinstance(value, str) and "\0" not in value else "must be a text"


def whole_number(least: int, most: int | None = None) -> Shape:
    """A number as YAML or `as_number` makes it, as dbt wants it, too."""
    allowed = f"{least} or more" if most is None else f"{least} to {most}"

    def problem(value: Any) -> str | None:
        if isinstance(value, str):
            return f"must be a number, not a text: after `env_var()`, say `| as_number` ({allowed})"
        if isinstance(value, bool) or not isinstance(value, int):
            return f"must be a whole number, {allowed}"
        good = value >= least and (most is None or value <= most)
        return None if good else f"must be {allowed}"

    return problem


def truth(value: Any) -> str | None:
    if isinstance(value, str):
        return "must be true or false, not a text: after `env_var()`, say `| as_bool`"
    return None if isinstance(value, bool) else "must be true or false"


def one_of(*choices: str) -> Shape:
    def problem(value: Any) -> str | None:
        return text(value) or (None if value in choices else f"must be one of {', '.join(choices)}")

    return problem


def misshapen_values(settings: Mapping[str, Any], shapes: Mapping[str, Shape]) -> Iterator[str]:
    """What is wrong with each setting that has a value; those without one are left out."""
    for name, shape in shapes.items():
        value = settings.get(name)
        problem = shape(value) if value is not None else None
        if problem is not None:
            yield f"`{name}` {problem}"


def missing(settings: Mapping[str, Any], groups: Sequence[Sequence[str]]) -> Iterator[str]:
    """Which of the settings are not there; a group holds the names of one and the same."""
    for names in groups:
        if all(settings.get(name) is None for name in names):
            yield f"`{names[0]}` is missing"


def said_twice(settings: Mapping[str, Any], groups: Sequence[Sequence[str]]) -> Iterator[str]:
    """Which settings stand under two of their names, which dbt refuses, too."""
    for names in groups:
        found = [f"`{name}`" for name in names if name in settings]
        if len(found) > 1:
            yield f"{' and '.join(found)} are names of the same setting: keep one"
