"""Is what is stored of the live release damaged, or other than what was published?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from dbt_rewind.errors import WarehouseError
from dbt_rewind.model import Observation, Severity, Trigger, TriggerFinding, release_id
from dbt_rewind.procedures.triggers.published import PublishedTable, published_tables
from dbt_rewind.procedures.triggers.signal import unseen
from dbt_rewind.procedures.triggers.subject import MOVED_ON, Subject
from dbt_rewind.procedures.triggers.words import in_tables
from dbt_rewind.redact import redact

NAME: Final = "storage"


@dataclass(frozen=True, slots=True)
class Storage:
    """Has the warehouse check what it has stored of each table of the live release, the smallest
    first, and compares the content with the record; begins with none after `seconds`."""

    seconds: float
    trigger: Trigger = Trigger.INTEGRITY
    question: str = "Is what is stored damaged?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        tables = sorted(published_tables(subject), key=lambda each: each.node.rows or 0)
        until = time.monotonic() + self.seconds
        seen = _Seen()
        for at, each in enumerate(tables):
            if time.monotonic() > until:
                left = f"{in_tables(len(tables) - at)} not checked in {self.seconds:g} s"
                seen.unseen[f"{left} (triggers.integrity.time)"] = None
                break
            _check(subject, each, seen)
        if seen.findings and subject.has_moved_on():
            yield unseen(self.trigger, NAME, MOVED_ON)
            return
        yield Observation(self.trigger, NAME, seen.words, tuple(seen.findings))
        for because in seen.unseen:
            yield unseen(self.trigger, NAME, because)


@dataclass(slots=True)
class _Seen:
    """What was seen so far: `how` by which the storage was checked, `unseen` each once."""

    checked: int = 0
    how: str = ""
    findings: list[TriggerFinding] = field(default_factory=list)
    unseen: dict[str, None] = field(default_factory=dict)

    @property
    def words(self) -> str:
        number = len(self.findings) or "none"
        how = f" ({self.how})" if self.how else ""
        return f"{in_tables(self.checked)}{how}: {number} damaged or changed"


def _check(subject: Subject, each: PublishedTable, seen: _Seen) -> None:
    try:
        check = subject.reader.check_integrity([each.table])
        seen.how = seen.how or check.how
        seen.unseen |= dict.fromkeys(map(redact, check.unseen))
        faults = [fault.problem for fault in check.faults]
        seen.findings += (
            [_damaged(subject, each, faults)] if faults else _changed(subject, each, seen)
        )
        seen.checked += 1
    except WarehouseError as error:
        seen.unseen[redact(error.message)] = None
        faults = [error.message]
    if faults:
        # A connection that has met damage may refuse everything else.
        with suppress(WarehouseError):
            subject.access.close()


def _damaged(subject: Subject, each: PublishedTable, problems: list[str]) -> TriggerFinding:
    more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
    return _finding(
        subject,
        each,
        f"what is stored of {each.node.pointer} is damaged",
        f"{redact(problems[0])}{more}",
        "no damage",
    )


def _changed(subject: Subject, each: PublishedTable, seen: _Seen) -> list[TriggerFinding]:
    """That the content is not what was published, although there are as many rows."""
    node = each.node
    if node.fingerprint is None:
        return []
    if node.fingerprint.split(":")[0] != subject.reader.fingerprint_algorithm():
        seen.unseen["contents recorded by another version of the engine cannot be compared"] = None
        return []
    now = subject.reader.measure(each.table, fingerprint=True)
    if now.rows != node.rows or now.fingerprint == node.fingerprint:
        return []
    what = f"{node.pointer} has another content than was published"
    return [_finding(subject, each, what, str(now.fingerprint), node.fingerprint)]


def _finding(
    subject: Subject, each: PublishedTable, what: str, measured: str, threshold: str
) -> TriggerFinding:
    return TriggerFinding(
        Trigger.INTEGRITY,
        Severity.CRITICAL,
        subject=f"storage of {each.node.pointer}",
        what=what,
        measured=measured,
        threshold=threshold,
        evidence=(
            f"found in {each.table}",
            f"{release_id(each.node.built_by)} built it",
        ),
        release=subject.live.number,
        remedy=subject.remedy_of(each.node),
    )
