"""dbt's `sources.json`: how old sources are, and how old they may be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dbt_rewind.errors import ArtifactInvalid

_NEVER = "0001-"
"""How the time begins that dbt takes for the newest row of a table without any."""


@dataclass(frozen=True, slots=True)
class SourceAge:
    """One source as dbt found it: `status` is its word. `seconds` is the age of the newest row and
    `newest` its time as dbt wrote it; both are None where there is no row. `limits` are the words
    of `warn` and `error`, such as `12 hours`. `problem` is why dbt could not look."""

    unique_id: str
    status: str
    seconds: float | None = None
    newest: str | None = None
    limits: Mapping[str, str] | None = None
    problem: str = ""


def read_sources(content: bytes, name: str) -> tuple[SourceAge, ...]:
    """The sources in `content`; `name` is what an error calls it. Raises ArtifactInvalid."""
    try:
        return tuple(_source(result) for result in json.loads(content)["results"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ArtifactInvalid(name, f"{type(error).__name__}: {error}") from error


def limits_of(criteria: Mapping[str, Any]) -> dict[str, str]:
    """What a source's `freshness` says, by `warn` and `error`; empty where it says nothing."""
    found = {}
    for word in ("warn", "error"):
        limit = criteria.get(f"{word}_after") or {}
        count, period = limit.get("count"), limit.get("period")
        if count is not None and period is not None:
            found[word] = f"{count} {period}" if count == 1 else f"{count} {period}s"
    return found


def _source(result: Mapping[str, Any]) -> SourceAge:
    unique_id, status = str(result["unique_id"]), str(result["status"])
    if "max_loaded_at" not in result:
        return SourceAge(unique_id, status, problem=str(result.get("error") or "no reason given"))
    newest = str(result["max_loaded_at"])
    has_rows = not newest.startswith(_NEVER)
    return SourceAge(
        unique_id,
        status,
        float(result["max_loaded_at_time_ago_in_s"]) if has_rows else None,
        newest if has_rows else None,
        limits_of(result.get("criteria") or {}),
    )
