"""Which releases are kept, and why: a pure policy over the environment's history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dbt_rewind.engine.history import (
    GOES_LIVE,
    GONE,
    RESTORABLE,
    History,
    ReleaseState,
    ReleaseSummary,
)
from dbt_rewind.engine.target import default_target

KEEP = 10
"""How many releases that were live are kept where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is kept beside what always is: the last `keep` releases that were live, the live one
    among them, and those that went live `within` that time; None: time keeps nothing."""

    keep: int = KEEP
    within: timedelta | None = None


class Fate(StrEnum):
    KEPT = "kept"
    DROPPED = "dropped"
    GONE = "gone"


class Reason(StrEnum):
    """Why a release is kept or dropped. The first that holds, in this order, is a release's one
    reason."""

    GIVEN_BACK = "given back"
    EMPTY = "empty"
    UNFINISHED = "unfinished"
    WAITING = "waiting"
    LIVE = "live"
    PINNED = "pinned"
    WAY_BACK = "way back"
    FLAG = "flag"
    NEWEST_FAILURE = "newest failure"
    LAST = "last"
    YOUNG = "young"
    OLD = "old"
    PAST_FAILURE = "past failure"

    @property
    def fate(self) -> Fate:
        if self in {Reason.OLD, Reason.PAST_FAILURE}:
            return Fate.DROPPED
        return Fate.GONE if self in {Reason.GIVEN_BACK, Reason.EMPTY} else Fate.KEPT


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policy says of one release. `until`: when time alone will stop keeping it."""

    release: int
    reason: Reason
    until: datetime | None = None


_ENDED_BADLY = frozenset({ReleaseState.FAILED, ReleaseState.STOPPED})
_AT_WORK = frozenset({ReleaseState.BUILDING, ReleaseState.BUILT})


def decide(history: History, rules: Rules, now: datetime) -> tuple[Verdict, ...]:
    """A verdict on every release, newest first. Changes in `rules` never touch the live release, a
    pinned one, or the one that a plain rollback would go to."""
    last = frozenset(last_live(history)[: max(rules.keep, 1)])
    bases = _bases(history, last)
    verdicts = []
    for release in history.newest_first():
        until = _young_until(release, rules)
        reason = _always(history, release)
        if reason is None and release.number in bases:
            reason = Reason.FLAG
        if reason is None and release.number in last:
            reason = Reason.LAST
        if reason is None and until is not None and now < until:
            reason = Reason.YOUNG
        if reason is None:
            past = release.waits or release.state in _ENDED_BADLY
            reason = Reason.PAST_FAILURE if past else Reason.OLD
        verdicts.append(Verdict(release.number, reason, until if reason is Reason.YOUNG else None))
    return tuple(verdicts)


def _bases(history: History, last: Collection[int]) -> frozenset[int]:
    """The releases that flags go back to which are off in the live one, or in one of the `last`."""
    return frozenset(
        base
        for number in last
        for base in history.releases[number].off.values()
        if base is not None
    )


def _always(history: History, release: ReleaseSummary) -> Reason | None:
    """What holds of the release whatever the rules say."""
    facts = {
        Reason.GIVEN_BACK: history.ejected,
        Reason.EMPTY: release.state in GONE,
        Reason.UNFINISHED: release.state in _AT_WORK and not release.waits,
        Reason.WAITING: release.waits and release.number == max(history.releases),
        Reason.LIVE: release.state is ReleaseState.LIVE,
        Reason.PINNED: release.number in history.pins,
        Reason.WAY_BACK: release.number == default_target(history),
        Reason.NEWEST_FAILURE: release.number == _newest_failure(history),
    }
    return next((reason for reason, holds in facts.items() if holds), None)


def _young_until(release: ReleaseSummary, rules: Rules) -> datetime | None:
    """When the release is not young any more; None where that keeps nothing."""
    if rules.within is None or release.state not in RESTORABLE:
        return None
    return (release.published_at or release.created_at) + rules.within


def last_live(history: History) -> Sequence[int]:
    """The releases that can be live again, the one that was live last first."""
    found: dict[int, None] = {}
    for event in reversed(history.events):
        if event.kind in GOES_LIVE and event.payload["release"] is not None:
            found.setdefault(event.payload["release"])
    return [number for number in found if history.releases[number].state in RESTORABLE]


def _newest_failure(history: History) -> int | None:
    """The newest release that failed or was stopped, as long as no newer one went live."""
    for release in history.newest_first():
        if release.state in _ENDED_BADLY:
            return release.number
        if release.published_at is not None:
            return None
    return None
