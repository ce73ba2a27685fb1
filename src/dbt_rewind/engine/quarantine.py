"""Quarantine: the commits that were rolled back, which no deploy brings again unseen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from dbt_rewind import clock
from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.intent import Intent, digest_of_data
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.ledger import Ledger
from dbt_rewind.engine.permits import permit_for, permit_payload
from dbt_rewind.engine.target import FindCommit
from dbt_rewind.errors import NotInQuarantine, QuarantineAmbiguous
from dbt_rewind.model import Commit, EventKind, Permit, release_id, release_number


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A commit that was rolled back. `release` is the number of the release that was made of it,
    and `good` the commit that users went back to: what is bad lies between the two. `at` is when
    it was rolled back, by whom and why."""

    commit: Commit
    release: int
    build_key: str
    good: Commit
    by: str
    at: datetime
    reason: str

    @property
    def id(self) -> str:
        return release_id(self.release)

    def is_of(self, release: ReleaseSummary) -> bool:
        """Whether the release was made of the same commit, or of an equal project."""
        return release.commit.sha == self.commit.sha or (
            bool(self.build_key) and release.build_key == self.build_key
        )


def quarantined(history: History) -> tuple[Quarantined, ...]:
    """What is in quarantine, what was rolled back last first.

    A rollback to an earlier release puts the commit there that it leaves, and no other: releases
    that it passes over were healthy as far as anybody knows. Where both are made of the same
    project, as after a refresh, it was not the code. A commit comes out when it goes live again, as
    by a rollback forward, and with the event `unquarantined`.
    """
    found: dict[str, Quarantined] = {}
    for event in history.events:
        payload = event.payload
        if event.kind is EventKind.EJECTED:
            found.clear()
        elif event.kind is EventKind.UNQUARANTINED:
            found.pop(payload["commit"], None)
        elif event.kind is EventKind.PUBLISHED:
            to, previous = history.releases[payload["release"]], payload["previous"]
            found = {sha: each for sha, each in found.items() if not each.is_of(to)}
            if payload["operation"] != "rollback" or previous is None or to.number > previous:
                continue
            left = history.releases[previous]
            entry = Quarantined(
                left.commit,
                left.number,
                left.build_key,
                to.commit,
                payload["by"],
                event.at,
                payload["reason"],
            )
            if not entry.is_of(to):
                found[left.commit.sha] = entry
    return tuple(reversed(found.values()))


def quarantined_after(
    history: History, source: int, target: int, *, by: str, reason: str
) -> tuple[Quarantined, ...]:
    """What will be in quarantine once a rollback leads from one release to another, by number."""
    left, to = history.releases[source], history.releases[target]
    entries = tuple(each for each in quarantined(history) if not each.is_of(to))
    if to.number > source:
        return entries
    entry = Quarantined(
        left.commit, left.number, left.build_key, to.commit, by, clock.now(), reason
    )
    if entry.is_of(to):
        return entries
    return (entry, *(each for each in entries if each.commit.sha != left.commit.sha))


def find_quarantined(history: History, wanted: str | None, find_commit: FindCommit) -> Quarantined:
    """What is in quarantine by that release, commit or tag; without `wanted`, the only one.

    Raises NotInQuarantine, QuarantineAmbiguous.
    """
    entries = quarantined(history)
    if wanted is None:
        if len(entries) > 1:
            raise QuarantineAmbiguous(history.environment, tuple(each.id for each in entries))
        matching = entries
    else:
        matching = _named(history, entries, wanted, find_commit)
    if not matching:
        raise NotInQuarantine(history.environment, wanted, tuple(each.id for each in entries))
    return matching[0]


def _named(
    history: History, entries: tuple[Quarantined, ...], wanted: str, find_commit: FindCommit
) -> tuple[Quarantined, ...]:
    number = release_number(wanted)
    if number is not None and number in history.releases:
        named = history.releases[number]
        return tuple(each for each in entries if each.is_of(named))
    found = tuple(each for each in entries if wanted in each.commit.tags)
    if not found and re.fullmatch(r"[0-9a-f]{7,64}", wanted):
        found = tuple(each for each in entries if each.commit.sha.startswith(wanted))
    if not found and (sha := find_commit(wanted)) is not None:
        found = tuple(each for each in entries if each.commit.sha == sha)
    return found


def lift_intent(environment: str, entry: Quarantined) -> Intent:
    """What lifting it would do, as approvals are bound to it."""
    said = {
        "operation": "release-quarantine",
        "environment": environment,
        "commit": entry.commit.sha,
        "release": entry.release,
        "rolled back": entry.at.isoformat(),
    }
    subject = entry.commit.sha
    words = f"release-quarantine in {environment}: {subject}, rolled back as {entry.id}"
    return Intent("release-quarantine", environment, subject, digest_of_data(said), (words,))


def lift(ledger: Ledger, entry: Quarantined, asking: Asking, *, reason: str) -> Permit:
    """Takes the commit out of quarantine, and returns by what right. Raises ApprovalNeeded, and
    what `Ledger.append` raises."""
    permit = permit_for(ledger, lift_intent(ledger.history.environment, entry), asking)
    ledger.append(
        EventKind.UNQUARANTINED,
        {
            "commit": entry.commit.sha,
            "release": entry.release,
            "by": asking.by,
            "reason": reason,
            "permit": permit_payload(permit),
        },
    )
    return permit
