"""An environment as its events tell it: releases, what is live, what has no outcome yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dbt_rewind.model import (
    Commit,
    Event,
    EventKind,
    RelationName,
    Release,
    ReleaseKind,
    TestSummary,
    release_id,
)


class ReleaseState(StrEnum):
    """Where a release stands. Only a superseded or live one counts as healthy. `LOST`: it was made
    after the backup that the database was restored from."""

    BUILDING = "building"
    BUILT = "built"
    LIVE = "live"
    SUPERSEDED = "superseded"
    ROLLED_BACK = "rolled back"
    FAILED = "failed"
    STOPPED = "stopped"
    ABORTED = "aborted"
    PRUNED = "pruned"
    LOST = "lost"


HEALTHY = frozenset({ReleaseState.LIVE, ReleaseState.SUPERSEDED})
RESTORABLE = HEALTHY | {ReleaseState.ROLLED_BACK}
WAS_LIVE = RESTORABLE | {ReleaseState.PRUNED}
GONE = frozenset({ReleaseState.PRUNED, ReleaseState.ABORTED, ReleaseState.LOST})
"""Of which nothing is left but what the ledger tells."""

GOES_LIVE = frozenset({EventKind.PUBLISHED, EventKind.RESTORED})
"""The kinds of events after which users see something else."""


NO_TESTS = TestSummary()


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """What events alone say of a release; its nodes are in the artifact `record_digest` names.

    `asked` says what was asked for where it is built and others were in the way of its publish.
    `off` are the flags that are off in it, each with the number of the release that it goes back
    to, None as long as there is nothing to hold."""

    number: int
    kind: ReleaseKind
    commit: Commit
    state: ReleaseState
    created_at: datetime
    created_by: str
    build_key: str = ""
    seconds: float = 0.0
    tests: TestSummary = NO_TESTS
    built: int = 0
    reused: int = 0
    record_digest: str = ""
    manifest_digest: str = ""
    profile_digest: str = ""
    published_at: datetime | None = None
    asked: str = ""
    off: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return release_id(self.number)

    @property
    def waits(self) -> bool:
        """Whether it is built, and nobody is at work on its publish."""
        return self.state is ReleaseState.BUILT and bool(self.asked)


@dataclass(frozen=True, slots=True)
class Operation:
    """What was started and has no outcome yet: a build, with the relations that it may have
    written, or (`pruned`) a prune of those releases, with the relations that it is to drop."""

    kind: str
    release: int
    by: str
    since: datetime
    writes: tuple[RelationName, ...]
    pruned: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Overwrite:
    """A release wrote on in a relation of earlier ones, so that these have lost its content."""

    relation: RelationName
    unique_id: str
    release: int
    reason: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """A stranger's relation that stood under a public name, and where a repair has put it."""

    pointer: RelationName
    relation: RelationName
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """An environment as its events tell it. `head` is the last event, None before the first;
    `pins` are the reasons of pinned releases by number. `policy_digest` names the policy in force,
    which is an artifact; empty before the first."""

    environment: str
    releases: Mapping[int, ReleaseSummary]
    live: ReleaseSummary | None
    head: Event | None
    unfinished: Operation | None
    events: tuple[Event, ...]
    pins: Mapping[int, str] = field(default_factory=dict)
    overwrites: tuple[Overwrite, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    policy_digest: str = ""

    @property
    def ejected(self) -> bool:
        """Whether the environment was given back and only the ledger is left to remove."""
        return self.head is not None and self.head.kind is EventKind.EJECTED

    def overwritten(self, release: Release) -> tuple[Overwrite, ...]:
        """What later releases have written on in relations of `release`: it cannot be restored
        exactly."""
        nodes = (*release.nodes, *release.withheld)
        own = {name for node in nodes for name in (node.relation, node.storage)}
        return tuple(
            each
            for each in self.overwrites
            if each.relation in own and each.release > release.number
        )

    @property
    def next_number(self) -> int:
        return max(self.releases, default=0) + 1

    @property
    def project(self) -> str | None:
        """The dbt project whose releases these are; None where no event says so."""
        for event in reversed(self.events):
            if name := event.payload.get("project"):
                return str(name)
        return None

    def newest_first(self) -> tuple[ReleaseSummary, ...]:
        return tuple(self.releases[number] for number in sorted(self.releases, reverse=True))

    def before(self, number: int) -> int | None:
        """The release that was live when `number` first went live; None for the first of all."""
        for event in self.events:
            if event.kind is EventKind.PUBLISHED and event.payload["release"] == number:
                previous: int | None = event.payload["previous"]
                return previous
        return None

    def events_of(self, number: int) -> tuple[Event, ...]:
        """What made the release, made it live, took it off or pruned it, oldest first."""
        return tuple(
            event
            for event in self.events
            if number in (event.payload.get("release"), event.payload.get("previous"))
            or number in event.payload.get("releases", ())
        )
