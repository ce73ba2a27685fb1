"""The first thing that is wrong with rewind.yml, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dbt_rewind.config.document import Document, Place
from dbt_rewind.config.rules import PROBLEM
from dbt_rewind.config.schema import RewindConfig

_EXPECTED: Final = {
    "string_type": "text",
    "string_too_short": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number",
    "float_type": "a number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "{ge:g} or more",
    "less_than_equal": "at most {le:g}",
    "tuple_type": "a list",
    "too_short": "a mapping with at least one entry",
    "dict_type": "a mapping of settings",
    "model_type": "a mapping of settings",
}
"""What was expected, by pydantic's name for the error; filled in from its context."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong, on which line (from 1) and what to do about it."""

    line: int
    problem: str
    fix: str


def first_complaint(error: ValidationError, document: Document) -> Complaint:
    """The complaint that comes first in the file."""
    complaints = [_complaint(details, document) for details in error.errors(include_url=False)]
    return min(complaints, key=lambda complaint: complaint.line)


def _complaint(details: ErrorDetails, document: Document) -> Complaint:
    context = details.get("ctx", {})
    place = (*details["loc"], *context.get("at", ()))
    known = _known_part(place, document)
    line = document.lines.get(known, 1)
    kind = details["type"]
    if kind == "missing":
        return Complaint(line, f"{_where(known)} lacks `{place[-1]}`", f"add `{place[-1]}:`")
    if kind == "extra_forbidden":
        return _unknown_key(line, known)
    if place == ("version",):
        return Complaint(
            line,
            "`version` must be 1: this dbt-rewind reads no other version of rewind.yml",
            "write `version: 1`, or upgrade dbt-rewind if a newer one wrote the file",
        )
    if kind == "string_pattern_mismatch":
        return Complaint(
            line,
            f"{known[-1]!r} cannot be the name of an environment",
            "begin with a letter and use only letters, digits, - and _ (at most 63 in all)",
        )
    if kind == PROBLEM:
        return Complaint(line, f"{_where(known)} {details['msg']}", "change this line")
    value = details["input"]
    expected = _EXPECTED.get(kind, "another kind of value").format(**context)
    return Complaint(
        line,
        f"{_where(known)} must be {expected}, not {_kind_of(value)}",
        _fix(kind, value),
    )


def _known_part(place: Place, document: Document) -> Place:
    while place not in document.lines and place:
        place = place[:-1]
    return place


def _where(place: Place) -> str:
    if not place:
        return "the file"
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in place)
    return f"`{text.removeprefix('.')}`"


def _key(part: str) -> str:
    """The key as it is written; what a terminal would obey, escaped."""
    return part if part.isprintable() else ascii(part)


def _unknown_key(line: int, place: Place) -> Complaint:
    from difflib import get_close_matches

    name, allowed = str(place[-1]), _allowed_keys(place[:-1])
    near = get_close_matches(name, allowed, 1)
    meant = f"did you mean `{near[0]}`? " if near else ""
    parent = "" if len(place) == 1 else f" in {_where(place[:-1])}"
    return Complaint(
        line, f"there is no setting `{name}`{parent}", f"{meant}allowed here: {', '.join(allowed)}"
    )


def _allowed_keys(place: Place) -> tuple[str, ...]:
    kind: Any = RewindConfig
    for part in place:
        # Inside a dict or a tuple, the part is an environment's name or a position.
        kind = kind.model_fields[part].annotation if _is_model(kind) else _model_in(kind)
    if not _is_model(kind):
        kind = _model_in(kind)  # a section that may be left out
    return tuple(kind.model_fields)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _model_in(container: Any) -> Any:
    return next(argument for argument in get_args(container) if _is_model(argument))


def _kind_of(value: Any) -> str:
    if value in (None, "", [], {}):
        return "empty"
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}" if abs(value) < 1e6 else "a number of that size"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _fix(kind: str, value: Any) -> str:
    if kind == "string_type" and isinstance(value, (bool, int, float)):
        return "put it in quotes"
    return "change this line"
