"""Releases: one built, immutable version of an environment's data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dbt_rewind.model.relation import RelationName


class ReleaseKind(StrEnum):
    DEPLOY = "deploy"
    REFRESH = "refresh"
    ADOPT = "adopt"
    RESTORE = "restore"


class Origin(StrEnum):
    """How a release came by a relation: built now, or taken over from an earlier release."""

    BUILT = "built"
    REUSED = "reused"


@dataclass(frozen=True, slots=True)
class Commit:
    """The git commit a release was built from; `tags` are those that named it then."""

    sha: str
    subject: str
    author: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseNode:
    """One model, seed or snapshot of a release.

    `relation` is the versioned relation, `pointer` the public name. `built_by` is the number of
    the release that built it. `rows` and `fingerprint` were measured before the publish; both are
    None where the content is not fixed (`follows_sources`: a view whose lineage reads a source).
    `seconds` is dbt's execution time; None for a reused node.
    """

    unique_id: str
    resource_type: str
    materialized: str
    relation: RelationName
    pointer: RelationName
    origin: Origin
    built_by: int
    rows: int | None = None
    fingerprint: str | None = None
    follows_sources: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class TestSummary:
    """Counts of dbt's test outcomes in a build."""

    __test__ = False  # the name is the field's; pytest must not collect it

    passed: int = 0
    warned: int = 0
    failed: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class FailedNode:
    """A node that failed: dbt's message, and the SQL it had compiled, if it got that far."""

    unique_id: str
    status: str
    message: str
    compiled_sql: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """One release, whole. `pending` are nodes whose new code was left out by `--select`."""

    number: int
    environment: str
    kind: ReleaseKind
    commit: Commit
    build_key: str
    created_at: datetime
    created_by: str
    seconds: float
    dbt_version: str
    tests: TestSummary
    nodes: tuple[ReleaseNode, ...]
    failures: tuple[FailedNode, ...] = ()
    warnings: tuple[FailedNode, ...] = ()
    pending: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return release_id(self.number)


def release_id(number: int) -> str:
    """`r12` for 12."""
    return f"r{number}"


def release_number(text: str) -> int | None:
    """12 for `r12`; None where `text` is no release id."""
    match = re.fullmatch(r"r([1-9][0-9]{0,8})", text)
    return int(match[1]) if match else None
