"""What a dbt-duckdb profile's settings must look like for us to open the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def misshapen(settings: Mapping[str, Any]) -> str | None:
    """What is wrong with the rendered settings, None where nothing is; quotes no value."""
    return next(_problems(settings), None)


def _problems(settings: Mapping[str, Any]) -> Iterator[str]:
    if not _is_text(settings.get("path") or ""):
        yield "`path` must be a text"
    if not isinstance(settings.get("settings") or {}, dict):
        yield "`settings` must be a mapping"
    yield from _each(settings, "extensions", _extension)
    yield from _each(settings, "attach", _attachment)


def _each(settings: Mapping[str, Any], name: str, problem_of: Any) -> Iterator[str]:
    entries = settings.get(name) or []
    if not isinstance(entries, list):
        yield f"`{name}` must be a list"
        return
    for at, entry in enumerate(entries):
        problem = problem_of(entry)
        if problem is not None:
            yield f"`{name}.{at}` {problem}"


def _extension(entry: Any) -> str | None:
    if _is_text(entry):
        return None
    if not isinstance(entry, dict) or not _is_text(entry.get("name")):
        return "must be a name, or a mapping with `name`"
    return None if _is_text(entry.get("repo") or "") else "must have a text for `repo`"


def _attachment(entry: Any) -> str | None:
    if not isinstance(entry, dict) or not _is_text(entry.get("path")):
        return "must be a mapping with `path`"
    if not isinstance(entry.get("options") or {}, dict):
        return "must have a mapping for `options`"
    return None if _is_text(entry.get("alias") or "") else "must have a text for `alias`"


def _is_text(value: Any) -> bool:
    # No file's name has a zero in it, and asking the system for one is a fault.
    return isinstance(value, str) and "\0" not in value
