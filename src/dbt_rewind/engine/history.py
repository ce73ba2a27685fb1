"""The environment's state, derived from its events and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never

from dbt_rewind.engine.records import decode_relation, decode_tests
from dbt_rewind.errors import ChainBroken
from dbt_rewind.model import (
    GENESIS,
    Commit,
    Event,
    EventKind,
    RelationName,
    Release,
    ReleaseKind,
    TestSummary,
    event_hash,
    release_id,
)


class ReleaseState(StrEnum):
    """Where a release stands. Only a superseded or live one counts as healthy."""

    BUILDING = "building"
    BUILT = "built"
    LIVE = "live"
    SUPERSEDED = "superseded"
    ROLLED_BACK = "rolled back"
    FAILED = "failed"
    STOPPED = "stopped"
    ABORTED = "aborted"
    PRUNED = "pruned"


HEALTHY = frozenset({ReleaseState.LIVE, ReleaseState.SUPERSEDED})
RESTORABLE = HEALTHY | {ReleaseState.ROLLED_BACK}


NO_TESTS = TestSummary()


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """What events alone say of a release; its nodes are in the artifact `record_digest` names."""

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

    @property
    def id(self) -> str:
        return release_id(self.number)


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
    `pins` are the reasons of pinned releases by number."""

    environment: str
    releases: Mapping[int, ReleaseSummary]
    live: ReleaseSummary | None
    head: Event | None
    unfinished: Operation | None
    events: tuple[Event, ...]
    pins: Mapping[int, str] = field(default_factory=dict)
    overwrites: tuple[Overwrite, ...] = ()
    set_aside: tuple[SetAside, ...] = ()

    @property
    def ejected(self) -> bool:
        """Whether the environment was given back and only the ledger is left to remove."""
        return self.head is not None and self.head.kind is EventKind.EJECTED

    def overwritten(self, release: Release) -> tuple[Overwrite, ...]:
        """What later releases have written on in relations of `release`: it cannot be restored
        exactly."""
        own = {node.relation for node in release.nodes}
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


def check_chain(environment: str, events: Sequence[Event]) -> None:
    """Raises ChainBroken at the first event that is missing, altered or out of place."""
    previous_hash = GENESIS
    for position, event in enumerate(events, start=1):
        if event.sequence != position:
            raise ChainBroken(
                environment, position, f"is missing; {event.sequence} is in its place"
            )
        if event.environment != environment:
            raise ChainBroken(environment, position, f"is one of {event.environment}")
        if event.previous_hash != previous_hash:
            raise ChainBroken(environment, position, "does not follow the one before it")
        if _recomputed(event) != event.hash:
            raise ChainBroken(environment, position, "is not as it was written")
        previous_hash = event.hash


def _recomputed(event: Event) -> str | None:
    """The hash that the event should have; None where it holds what no event can."""
    try:
        return event_hash(
            event.environment,
            event.sequence,
            event.at,
            event.kind,
            event.version,
            event.payload,
            event.previous_hash,
        )
    except (ValueError, TypeError, RecursionError):  # such as a number that JSON does not have
        return None


def derive_history(environment: str, events: Sequence[Event]) -> History:
    """The state after `events`. Raises ChainBroken."""
    check_chain(environment, events)
    state = _State()
    for event in events:
        state.take(event)
    live = state.live
    return History(
        environment,
        state.releases,
        state.releases[live] if live is not None else None,
        events[-1] if events else None,
        state.unfinished,
        tuple(events),
        state.pins,
        tuple(state.overwrites),
        tuple(state.set_aside),
    )


@dataclass(slots=True)
class _State:
    """What the events so far have led to."""

    releases: dict[int, ReleaseSummary] = field(default_factory=dict)
    live: int | None = None
    unfinished: Operation | None = None
    pins: dict[int, str] = field(default_factory=dict)
    overwrites: list[Overwrite] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)

    def take(self, event: Event) -> None:
        payload = event.payload
        match event.kind:
            case EventKind.STARTED:
                self.releases[payload["release"]] = _announced(event)
                self.unfinished = _operation(event)
                self.overwrites += _overwrites(event)
            case EventKind.BUILT:
                self.releases[payload["release"]] = _recorded(event, ReleaseState.BUILT)
                # Without a start before it, it took over what was there and wrote nothing.
                self.unfinished = self.unfinished or _take_over(event)
            case EventKind.FAILED | EventKind.STOPPED:
                state = ReleaseState(event.kind.value)
                self.releases[payload["release"]] = _recorded(event, state)
                self.unfinished = None
            case EventKind.PUBLISHED:
                _publish(self.releases, self.live, event)
                self.live = payload["release"]
                self.unfinished = None
            case EventKind.ABORTED:
                self._end([payload["release"]], ReleaseState.ABORTED)
            case EventKind.PRUNING:
                self.unfinished = _prune(event)
            case EventKind.PRUNED:
                self._end(payload["releases"], ReleaseState.PRUNED)
            case EventKind.PINNED:
                self.pins[payload["release"]] = payload["reason"]
            case EventKind.UNPINNED:
                self.pins.pop(payload["release"], None)
            case EventKind.REPAIRED:
                self.set_aside += _set_aside(event)
            case EventKind.EJECTED:
                self.live = None
                self.pins.clear()
                built = [n for n, r in self.releases.items() if r.state is not ReleaseState.ABORTED]
                self._end(built, ReleaseState.PRUNED)
            case _:
                assert_never(event.kind)

    def _end(self, numbers: Iterable[int], state: ReleaseState) -> None:
        for number in numbers:
            self.releases[number] = replace(self.releases[number], state=state)
        self.unfinished = None


def _publish(releases: dict[int, ReleaseSummary], live: int | None, event: Event) -> None:
    number = event.payload["release"]
    if live is not None and live != number:
        left = (
            ReleaseState.ROLLED_BACK
            if event.payload["operation"] == "rollback" and number < live
            else ReleaseState.SUPERSEDED
        )
        releases[live] = replace(releases[live], state=left)
    releases[number] = replace(releases[number], state=ReleaseState.LIVE, published_at=event.at)


def _announced(event: Event) -> ReleaseSummary:
    payload = event.payload
    return ReleaseSummary(
        number=payload["release"],
        kind=ReleaseKind(payload["kind"]),
        commit=_commit(payload["commit"]),
        state=ReleaseState.BUILDING,
        created_at=event.at,
        created_by=payload["by"],
    )


def _recorded(event: Event, state: ReleaseState) -> ReleaseSummary:
    payload = event.payload
    return ReleaseSummary(
        number=payload["release"],
        kind=ReleaseKind(payload["kind"]),
        commit=_commit(payload["commit"]),
        state=state,
        created_at=event.at,
        created_by=payload["by"],
        build_key=payload["build_key"],
        seconds=payload["seconds"],
        tests=decode_tests(payload["tests"]),
        built=payload["built"],
        reused=payload["reused"],
        record_digest=payload["artifacts"]["record"],
        manifest_digest=payload["artifacts"]["manifest"],
        profile_digest=payload["artifacts"].get("profile", ""),
    )


def _operation(event: Event) -> Operation:
    payload = event.payload
    writes = tuple(decode_relation(parts) for parts in payload["writes"])
    return Operation(payload["operation"], payload["release"], payload["by"], event.at, writes)


def _overwrites(event: Event) -> list[Overwrite]:
    payload = event.payload
    return [
        Overwrite(
            decode_relation(each["relation"]),
            each["unique_id"],
            payload["release"],
            each["reason"],
        )
        for each in payload.get("in_place", ())
    ]


def _prune(event: Event) -> Operation:
    payload = event.payload
    relations = tuple(decode_relation(parts) for parts in payload["relations"])
    numbers = tuple(payload["releases"])
    return Operation("prune", max(numbers), payload["by"], event.at, relations, numbers)


def _set_aside(event: Event) -> list[SetAside]:
    return [
        SetAside(decode_relation(each["pointer"]), decode_relation(each["relation"]), event.at)
        for each in event.payload["set_aside"]
    ]


def _take_over(event: Event) -> Operation:
    return Operation(
        event.payload["kind"], event.payload["release"], event.payload["by"], event.at, ()
    )


def _commit(record: Mapping[str, Any]) -> Commit:
    return Commit(record["sha"], record["subject"], record["author"], tuple(record["tags"]))
