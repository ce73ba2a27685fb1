"""Derives an environment's history from its events, and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from dbt_rewind.engine.chain import check_chain
from dbt_rewind.engine.history import (
    History,
    Operation,
    Overwrite,
    ReleaseState,
    ReleaseSummary,
    SetAside,
)
from dbt_rewind.engine.records import decode_relation, decode_tests
from dbt_rewind.errors import ChainBroken
from dbt_rewind.model import Commit, Event, EventKind, ReleaseKind


def derive_history(environment: str, events: Sequence[Event]) -> History:
    """The state after `events`. Raises ChainBroken."""
    check_chain(environment, events)
    state = _derived(events)
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
        state.policy_digest,
    )


def _derived(events: Sequence[Event]) -> _State:
    state = _State()
    for event in events:
        if event.kind is EventKind.RESTORED:
            state = _restored(state, _derived(events[: event.payload["head"]]), event)
        else:
            state.take(event)
    return state


@dataclass(slots=True)
class _State:
    """What the events so far have led to."""

    releases: dict[int, ReleaseSummary] = field(default_factory=dict)
    live: int | None = None
    unfinished: Operation | None = None
    pins: dict[int, str] = field(default_factory=dict)
    overwrites: list[Overwrite] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    policy_digest: str = ""

    def take(self, event: Event) -> None:  # noqa: PLR0912 - one branch a kind
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
            case EventKind.PINNED | EventKind.UNPINNED:
                _pin(self.pins, event)
            case EventKind.REPAIRED:
                self.set_aside += _set_aside(event)
            case EventKind.BLOCKED:
                number, asked = payload["release"], payload["asked"]
                self.releases[number] = replace(self.releases[number], asked=asked)
                self.unfinished = None
            case EventKind.POLICY:
                self.policy_digest = payload["digest"]
            case EventKind.UNQUARANTINED:
                pass  # it is about a commit, and changes no release
            case EventKind.RESTORED:
                raise AssertionError("it replaces the state as a whole")
            case (
                EventKind.ASSESSED
                | EventKind.REQUESTED
                | EventKind.APPROVED
                | EventKind.REJECTED
                | EventKind.REVIEWED
                | EventKind.OPENED
                | EventKind.NOTED
                | EventKind.LINKED
                | EventKind.ACKNOWLEDGED
                | EventKind.ESCALATED
                | EventKind.CLOSED
                | EventKind.QUEUED
                | EventKind.SENDING
                | EventKind.SENT
                | EventKind.UNDELIVERED
                | EventKind.CODE_CHANGED
                | EventKind.CODE_REFUSED
            ):
                raise ChainBroken(event.environment, event.sequence, "belongs into the runbook")
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


def _restored(known: _State, then: _State, event: Event) -> _State:
    """The state of a database that was restored: that of the backup, `then`, with the releases that
    are only `known` marked as lost. What people decided since holds on: which releases are pinned,
    and the policy, as far as it was found again."""
    for number, release in known.releases.items():
        if number not in then.releases:
            then.releases[number] = replace(
                release,
                state=ReleaseState.LOST,
                record_digest="",
                manifest_digest="",
                profile_digest="",
                asked="",
            )
    lost = {number for number, each in then.releases.items() if each.state is ReleaseState.LOST}
    then.pins = {number: why for number, why in known.pins.items() if number not in lost}
    then.policy_digest = event.payload["policy"]
    return then


def _pin(pins: dict[int, str], event: Event) -> None:
    if event.kind is EventKind.PINNED:
        pins[event.payload["release"]] = event.payload["reason"]
    else:
        pins.pop(event.payload["release"], None)


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
        off=payload.get("off", {}),
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
