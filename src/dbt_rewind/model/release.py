"""Releases: one built, immutable version of an environment's data."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dbt_rewind.model.flag import FlagNodes, FlagOff
from dbt_rewind.model.gate import GateFinding
from dbt_rewind.model.relation import RelationName


class ReleaseKind(StrEnum):
    DEPLOY = "deploy"
    REFRESH = "refresh"
    ADOPT = "adopt"
    RESTORE = "restore"
    FLAG = "flag"


class Origin(StrEnum):
    """How a release came by a relation: built now, or taken over from an earlier release."""

    BUILT = "built"
    REUSED = "reused"


STORED = frozenset({"table", "incremental", "seed", "snapshot"})
"""The materializations that hold their rows themselves; of any other that is not known."""


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

    `reads` are the versioned relations without which a view is broken; None: not recorded.
    `storage` is the table that an adopted relation leads to, where that is a view. `in_place` says
    why the node was written on in the relation of an earlier release instead of in a copy of it;
    None: it was not.
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
    reads: tuple[RelationName, ...] | None = None
    storage: RelationName | None = None
    in_place: str | None = None


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
    """A node that failed: dbt's message, and the SQL it had compiled, if it got that far. `rows_in`
    is the relation in which a test has kept the rows that it found."""

    unique_id: str
    status: str
    message: str
    compiled_sql: str | None = None
    file: str | None = None
    rows_in: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """One release, whole.

    `pending` are nodes whose new code was left out by `--select`. `extras` are relations that were
    made beside the nodes, such as the failing rows that tests keep. `base` is the number of the
    release that was live when this one was compared with it (`gates`).

    `nodes` are what users see. Where flags are `off`, those that they hold are an earlier
    release's, and what was built of them is `withheld`. `flags` is what every flag named.
    """

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
    extras: tuple[RelationName, ...] = ()
    gates: tuple[GateFinding, ...] = ()
    base: int | None = None
    flags: tuple[FlagNodes, ...] = ()
    off: tuple[FlagOff, ...] = ()
    withheld: tuple[ReleaseNode, ...] = ()

    @property
    def id(self) -> str:
        return release_id(self.number)

    @property
    def held(self) -> frozenset[str]:
        """The unique ids of the nodes that users see as an earlier release has them."""
        return frozenset(unique_id for each in self.off for unique_id in each.held)

    @property
    def made(self) -> tuple[ReleaseNode, ...]:
        """The nodes as the release's own code makes them, whatever users see of them, sorted."""
        if not self.off:
            return self.nodes
        own = (node for node in self.nodes if node.unique_id not in self.held)
        return tuple(sorted((*own, *self.withheld), key=lambda node: node.unique_id))


SCHEMA_PREFIX = "rewind_r"
"""What the schemas of versioned relations begin with, before the release's number."""


def versioned(public: RelationName, release: int) -> RelationName:
    """Where the release with that number builds what users know as `public`.

    The release is in the schema, so that the relation's own name stays what the project's SQL may
    call it by (`select orders.id from {{ ref('orders') }}`).
    """
    return replace(public, schema=f"{SCHEMA_PREFIX}{release}_{public.schema}")


def release_id(number: int) -> str:
    """`r12` for 12."""
    return f"r{number}"


def release_number(text: str) -> int | None:
    """12 for `r12`; None where `text` is no release id."""
    match = re.fullmatch(r"r([1-9][0-9]{0,8})", text)
    return int(match[1]) if match else None
