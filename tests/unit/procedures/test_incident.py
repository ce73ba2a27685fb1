"""Incidents: one open for a release, raised where it gets worse, over when they are closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dbt_rewind import clock
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.runbook.logbook import Logbook, open_logbook
from dbt_rewind.errors import (
    IncidentClosed,
    IncidentNotFound,
    IncidentOpen,
    NoIncidentOpen,
    WordsNeeded,
)
from dbt_rewind.model import Severity
from dbt_rewind.procedures.incident import (
    LONGEST_NOTE,
    LONGEST_TITLE,
    acknowledge,
    add_note,
    close,
    ensure_incident,
    find_incident,
    open_incident,
)
from dbt_rewind.warehouse.memory import MemoryWarehouse
from dbt_rewind.warehouse.memory_store import MemoryStore
from dbt_rewind.warehouse.owner import current_owner

AT = datetime(2024, 5, 1, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time, which a test moves."""
    time_now = [AT]
    monkeypatch.setattr(clock, "now", lambda: time_now[0])
    return time_now


@pytest.fixture
def book(tmp_path: Path, now: list[datetime]) -> Iterator[Logbook]:
    access = Access(lambda: MemoryWarehouse(store))
    store = MemoryStore()
    with open_logbook(access, "prod", tmp_path / "m", current_owner("ana", "test")) as held:
        yield held


def opened(book: Logbook, *releases: int, severity: Severity = Severity.HIGH) -> str:
    return open_incident(
        book, title="Revenue is wrong", severity=severity, releases=releases, by="ana"
    ).id


def test_a_release_has_one_open_incident(book: Logbook) -> None:
    assert [opened(book, 12), opened(book, 11), opened(book)] == ["I1", "I2", "I3"]
    with pytest.raises(IncidentOpen, match="I1 of r12 is open already in prod: Revenue is wrong"):
        opened(book, 13, 12)
    with pytest.raises(IncidentOpen, match=r"^I3 is open already"):
        opened(book)
    close(book, book.runbook.incidents[1], note="over", by="ana")
    assert opened(book, 12) == "I4"


@pytest.mark.parametrize("title", ["", " \n\t", "\x1b\x00", "x" * (LONGEST_TITLE + 1)])
def test_a_title_is_some_words(book: Logbook, title: str) -> None:
    with pytest.raises(WordsNeeded):
        open_incident(book, title=title, severity=Severity.LOW, releases=(), by="ana")
    assert book.runbook.events == ()


def test_what_people_write_is_kept_without_what_nothing_can_show(book: Logbook) -> None:
    incident = open_incident(
        book, title=" a\x1b[1m\n b\udc80 ", severity=Severity.LOW, releases=(), by="ana"
    )
    assert incident.title == "a[1m b\ufffd"
    assert add_note(book, incident, text=" one\n\ttwo \r", by="ben").notes[0].text == "one\n\ttwo"
    with pytest.raises(WordsNeeded, match="at most 4000"):
        add_note(book, incident, text="x" * (LONGEST_NOTE + 1), by="ben")


def test_the_incident_that_is_there_is_found_and_raised(book: Logbook, now: list[datetime]) -> None:
    def ensured(severity: Severity) -> tuple[str, bool, Severity]:
        incident, is_new = ensure_incident(
            book, title="A test\nfails", severity=severity, releases=(12,), decision=None, by="ci"
        )
        return incident.id, is_new, incident.severity

    assert ensured(Severity.MEDIUM) == ("I1", True, Severity.MEDIUM)
    assert ensured(Severity.LOW) == ("I1", False, Severity.MEDIUM)
    now[0] = AT + HOUR
    assert ensured(Severity.HIGH) == ("I1", False, Severity.HIGH)
    now[0] = AT + 2 * HOUR
    assert ensured(Severity.CRITICAL) == ("I1", False, Severity.CRITICAL)
    assert ensured(Severity.CRITICAL) == ("I1", False, Severity.CRITICAL)
    incident = book.runbook.incidents[1]
    assert [note.text for note in incident.notes] == [
        "raised from medium to high: A test fails",
        "raised from high to critical: A test fails",
    ]
    assert {least: incident.since(least) for least in Severity} == {
        Severity.CRITICAL: AT + 2 * HOUR,
        Severity.HIGH: AT + HOUR,
        Severity.MEDIUM: AT,
        Severity.LOW: AT,
    }


def test_what_is_milder_has_never_been_that_bad(book: Logbook) -> None:
    opened(book, 12, severity=Severity.MEDIUM)
    assert book.runbook.incidents[1].since(Severity.HIGH) is None


def test_who_has_it_first_keeps_it(book: Logbook) -> None:
    opened(book, 12)
    first, is_new = acknowledge(book, book.runbook.incidents[1], by="ben")
    second, is_new_again = acknowledge(book, first, by="cleo")
    assert (is_new, is_new_again) == (True, False)
    assert second.acknowledged_by == "ben"


def test_what_is_over_takes_notes_only(book: Logbook) -> None:
    opened(book, 12)
    closed = close(book, book.runbook.incidents[1], note="reverted", by="ben")
    assert (closed.closed_at, closed.closed_by) == (AT, "ben")
    assert add_note(book, closed, text="also tested", by="ben").notes
    with pytest.raises(IncidentClosed, match="I1 was closed by ben"):
        acknowledge(book, closed, by="ana")
    with pytest.raises(IncidentClosed):
        close(book, closed, note="again", by="ana")


def test_the_newest_open_one_is_meant(book: Logbook) -> None:
    with pytest.raises(NoIncidentOpen):
        find_incident(book.runbook, None)
    for release in (11, 12, 13):
        opened(book, release)
    close(book, book.runbook.incidents[3], note="over", by="ana")
    assert find_incident(book.runbook, None).id == "I2"
    assert find_incident(book.runbook, "i3").id == "I3"
    for wanted in ("I4", "3", "r3", "I03", "I3 ", ""):
        with pytest.raises(IncidentNotFound):
            find_incident(book.runbook, wanted)
