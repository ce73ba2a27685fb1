"""Incidents: opening one, adding to it, having it in hand, closing it.

Whoever calls holds the runbook, and announces what happened when it is given back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dbt_rewind import clock
from dbt_rewind.engine.runbook.incidents import (
    acknowledged_payload,
    closed_payload,
    noted_payload,
    opened_payload,
)
from dbt_rewind.engine.runbook.logbook import Logbook
from dbt_rewind.engine.runbook.state import Runbook
from dbt_rewind.errors import (
    IncidentClosed,
    IncidentNotFound,
    IncidentOpen,
    NoIncidentOpen,
    WordsNeeded,
)
from dbt_rewind.model import EventKind, Incident, Severity, release_id

LONGEST_TITLE: Final = 200
LONGEST_NOTE: Final = 4000

_ID: Final = re.compile(r"[Ii]([1-9][0-9]{0,8})")
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_HALVES: Final = re.compile(r"[\ud800-\udfff]")


def is_incident_id(text: str) -> bool:
    """Whether the text looks like `I3`."""
    return _ID.fullmatch(text) is not None


def find_incident(runbook: Runbook, wanted: str | None) -> Incident:
    """The incident with that id; without one, the open one that was opened last.

    Raises IncidentNotFound, NoIncidentOpen.
    """
    if wanted is None:
        numbers = [number for number, each in runbook.incidents.items() if each.is_open]
        if not numbers:
            raise NoIncidentOpen(runbook.environment)
        return runbook.incidents[max(numbers)]
    match = _ID.fullmatch(wanted)
    found = runbook.incidents.get(int(match[1])) if match else None
    if found is None:
        raise IncidentNotFound(wanted, runbook.environment)
    return found


def open_of(runbook: Runbook, releases: Sequence[int]) -> Incident | None:
    """The open incident of one of these releases (of no release, where there is none)."""
    for incident in runbook.incidents.values():
        same = not set(releases).isdisjoint(incident.releases) or not (
            releases or incident.releases
        )
        if incident.is_open and same:
            return incident
    return None


def open_incident(
    book: Logbook, *, title: str, severity: Severity, releases: Sequence[int], by: str
) -> Incident:
    """Opens an incident as a person does. Raises WordsNeeded, IncidentOpen, and as `append`."""
    words = _worded(" ".join(title.split()), "the title", LONGEST_TITLE)
    there = open_of(book.runbook, releases)
    if there is not None:
        common = [release_id(number) for number in releases if number in there.releases]
        release = common[0] if common else None
        raise IncidentOpen(there.id, there.title, release, book.runbook.environment)
    return _opened(book, words, severity, releases, None, by)


def ensure_incident(
    book: Logbook,
    *,
    title: str,
    severity: Severity,
    releases: Sequence[int],
    decision: int | None,
    by: str,
) -> tuple[Incident, bool]:
    """The open incident of one of these releases, and whether it was opened just now.

    One that is there already is raised to `severity` where that is worse, by a note that says so.
    `decision` is the number of the decision that calls for it. Raises as `Logbook.append`.
    """
    words = _clean(" ".join(title.split()))[:LONGEST_TITLE]
    there = open_of(book.runbook, releases)
    if there is None:
        return _opened(book, words, severity, releases, decision, by), True
    if severity.rank < there.severity.rank:
        text = f"raised from {there.severity.value} to {severity.value}: {words}"
        book.append(EventKind.NOTED, noted_payload(there, by, text, severity))
    return book.runbook.incidents[there.number], False


def add_note(book: Logbook, incident: Incident, *, text: str, by: str) -> Incident:
    """Adds a line, also to an incident that is closed. Raises WordsNeeded, and as `append`."""
    words = _worded(text.strip(), "the note", LONGEST_NOTE)
    return _appended(book, EventKind.NOTED, incident, noted_payload(incident, by, words))


def acknowledge(book: Logbook, incident: Incident, *, by: str) -> tuple[Incident, bool]:
    """Says that somebody has it in hand, and returns whether that is new: who had it first keeps
    it. Raises IncidentClosed, and as `append`."""
    _require_open(incident)
    if incident.acknowledged_at is not None:
        return incident, False
    payload = acknowledged_payload(incident, by)
    return _appended(book, EventKind.ACKNOWLEDGED, incident, payload), True


def close(book: Logbook, incident: Incident, *, note: str, by: str) -> Incident:
    """Says that it is over, and what came of it. Raises IncidentClosed, WordsNeeded, and as
    `append`."""
    _require_open(incident)
    words = _worded(note.strip(), "the note", LONGEST_NOTE)
    return _appended(book, EventKind.CLOSED, incident, closed_payload(incident, by, words))


def _opened(
    book: Logbook,
    title: str,
    severity: Severity,
    releases: Sequence[int],
    decision: int | None,
    by: str,
) -> Incident:
    number = max(book.runbook.incidents, default=0) + 1
    incident = Incident(number, clock.now(), by, title, severity, tuple(releases), decision)
    return _appended(book, EventKind.OPENED, incident, opened_payload(incident))


def _appended(
    book: Logbook, kind: EventKind, incident: Incident, payload: Mapping[str, Any]
) -> Incident:
    return book.append(kind, payload).incidents[incident.number]


def _require_open(incident: Incident) -> None:
    if not incident.is_open:
        raise IncidentClosed(incident.id, incident.closed_by or "somebody")


def _worded(text: str, what: str, longest: int) -> str:
    words = _clean(text)
    if not words:
        raise WordsNeeded(what, "is empty")
    if len(words) > longest:
        raise WordsNeeded(what, f"has {len(words)} characters, and at most {longest} are kept")
    return words


def _clean(text: str) -> str:
    """The text without what no receiver can show: signs that steer terminals, halves of
    characters."""
    return _HALVES.sub("\ufffd", _UNSEEN.sub("", text))
