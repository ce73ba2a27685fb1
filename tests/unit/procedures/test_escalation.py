"""The ladder: each level once, in order, when its time has come, never after an answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.procedures.outboxes import receiver

from dbt_rewind import clock
from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.runbook.logbook import Logbook, open_logbook
from dbt_rewind.engine.runbook.state import Runbook, read_runbook
from dbt_rewind.integrations.channel import SilentChannel
from dbt_rewind.model import EventKind, Incident, Ladder, Severity, Topic
from dbt_rewind.procedures import escalation
from dbt_rewind.procedures.channels import Receiver
from dbt_rewind.procedures.escalation import (
    Call,
    call_due,
    due_levels,
    ladder_of,
    write_missing,
)
from dbt_rewind.procedures.incident import acknowledge, close, ensure_incident, open_incident
from dbt_rewind.warehouse.memory import MemoryWarehouse
from dbt_rewind.warehouse.memory_store import MemoryStore
from dbt_rewind.warehouse.owner import current_owner

AT = datetime(2024, 5, 1, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PAGER = receiver("pager", SilentChannel(), (Topic.ESCALATED,))
TEAM = receiver("team", SilentChannel())
DEAF = receiver("deaf", SilentChannel(), (Topic.ROLLED_BACK,), Severity.CRITICAL)


def config(**escalation: object) -> RewindConfig:
    channels = {name: {"url": "URL"} for name in ("pager", "team", "deaf")}
    return RewindConfig.model_validate(
        {
            "version": 1,
            "environments": {"prod": {"target": "prod"}, "dev": {"target": "dev"}},
            "notify": {"channels": channels},
            "escalation": escalation,
        }
    )


LADDER = ladder_of(config(), "prod")


@dataclass
class Book:
    """A runbook in memory and the time, which a test moves."""

    folder: Path
    store: MemoryStore
    now: datetime = AT

    def held(self) -> Iterator[Logbook]:
        access = Access(lambda: MemoryWarehouse(self.store))
        owner = current_owner("ana", "test")
        with open_logbook(access, "prod", self.folder / "mirror", owner) as book:
            yield book

    def open(self, severity: Severity = Severity.HIGH, release: int = 12) -> None:
        for book in self.held():
            open_incident(book, title="Wrong", severity=severity, releases=(release,), by="ana")

    def call(self, *receivers: Receiver, ladder: Ladder = LADDER) -> list[tuple[str, int]]:
        calls: tuple[Call, ...] = ()
        for book in self.held():
            calls = call_due(book, ladder, receivers)
        return [(call.incident.id, call.level.number) for call in calls]

    @property
    def runbook(self) -> Runbook:
        return read_runbook(MemoryWarehouse(self.store), "prod")

    @property
    def queued(self) -> list[tuple[str, str]]:
        messages = self.runbook.messages.values()
        return [(message.channel, message.facts["about"]) for message in messages]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    made = Book(tmp_path, MemoryStore())
    monkeypatch.setattr(clock, "now", lambda: made.now)
    return made


def test_the_ladder_that_is_there_without_any() -> None:
    assert [(level.number, level.name, level.after) for level in LADDER.levels] == [
        (1, "on-call", 0 * MINUTE),
        (2, "DevOps lead", 15 * MINUTE),
        (3, "engineering manager", 30 * MINUTE),
        (4, "CTO", 60 * MINUTE),
    ]
    assert LADDER.severity is Severity.HIGH
    assert ladder_of(config(), "dev").levels == ()


def test_level_after_level_is_called(book: Book) -> None:
    book.open()
    called = []
    for minute in range(120):
        book.now = AT + minute * MINUTE
        called += [(minute, level) for _, level in book.call(TEAM)]
    assert called == [(0, 1), (15, 2), (30, 3), (60, 4)]
    assert book.queued == [("team", f"I1 level {level}") for level in (1, 2, 3, 4)]


def test_what_nobody_called_for_an_hour_is_called_once_in_order(book: Book) -> None:
    book.open()
    book.now = AT + 61 * MINUTE
    assert book.call(TEAM) == [("I1", 1), ("I1", 2), ("I1", 3), ("I1", 4)]
    assert book.call(TEAM) == []
    kinds = [event.kind for event in book.runbook.events[1:]]
    assert kinds == [EventKind.ESCALATED, EventKind.QUEUED] * 4


@pytest.mark.parametrize("answer", ["ack", "close"])
def test_nobody_is_called_after_an_answer(book: Book, answer: str) -> None:
    book.open()
    book.open(release=11)
    book.now = AT + 15 * MINUTE
    assert len(book.call(TEAM)) == 4
    for held in book.held():
        incident = held.runbook.incidents[1]
        if answer == "ack":
            acknowledge(held, incident, by="ben")
        else:
            close(held, incident, note="over", by="ben")
    book.now = AT + 100 * MINUTE
    assert book.call(TEAM) == [("I2", 3), ("I2", 4)]


def test_mild_incidents_call_nobody_until_they_get_worse(book: Book) -> None:
    book.open(Severity.MEDIUM)
    book.now = AT + 100 * MINUTE
    assert book.call(TEAM) == []
    for held in book.held():
        ensure_incident(
            held, title="x", severity=Severity.CRITICAL, releases=(12,), decision=None, by="ci"
        )
    assert book.call(TEAM) == [("I1", 1)]
    book.now = AT + 115 * MINUTE
    assert book.call(TEAM) == [("I1", 2)]


def test_who_is_told_of_a_level(book: Book) -> None:
    """Whoever wants it; but whom a level names gets it in any case, and nobody else."""
    levels = [
        {"name": "first", "after": "0s"},
        {"name": "second", "after": "1m", "channels": ["deaf", "pager"], "contact": "+44 20"},
        {"name": "third", "after": "1m", "channels": []},
    ]
    book.open()
    book.now = AT + MINUTE
    book.call(PAGER, DEAF, TEAM, ladder=ladder_of(config(levels=levels), "prod"))
    assert book.queued == [
        ("pager", "I1 level 1"),
        ("team", "I1 level 1"),
        ("pager", "I1 level 2"),
        ("deaf", "I1 level 2"),
    ]
    body = book.runbook.messages[3].body
    assert "Called: level 2, second\nContact: +44 20\n" in body
    payloads = [e.payload for e in book.runbook.events if e.kind is EventKind.ESCALATED]
    assert [payload["channels"] for payload in payloads] == [
        ["pager", "team"],
        ["pager", "deaf"],
        [],
    ]


def test_a_message_that_a_kill_kept_from_being_written(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Killed

    book.open()
    with monkeypatch.context() as patch:
        patch.setattr(escalation, "queue", dies)
        with pytest.raises(Killed):
            book.call(PAGER, TEAM)
    assert [event.kind for event in book.runbook.events][1:] == [EventKind.ESCALATED]
    assert book.call(PAGER, TEAM) == []
    for _ in range(2):
        for held in book.held():
            # A channel that came later was never called.
            write_missing(held, [PAGER, TEAM, receiver("later", SilentChannel())])
    assert book.queued == [("pager", "I1 level 1"), ("team", "I1 level 1")]


def test_what_is_in_hand_needs_no_message_any_more(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.open()
    with monkeypatch.context() as patch:
        patch.setattr(escalation, "queue", lambda *_: None)
        book.call(TEAM)
    for held in book.held():
        acknowledge(held, held.runbook.incidents[1], by="ben")
        write_missing(held, [TEAM])
    assert book.queued == []


def test_of_many_at_once_one_calls(book: Book) -> None:
    book.open()
    book.now = AT + 60 * MINUTE
    called: list[tuple[str, int]] = []
    started = [threading.Thread(target=lambda: called.extend(book.call(TEAM))) for _ in range(8)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    assert sorted(called) == [("I1", 1), ("I1", 2), ("I1", 3), ("I1", 4)]
    assert len(book.queued) == 4


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 45)),
        st.tuples(st.sampled_from(["tick", "ack", "close"]), st.just(0)),
    ),
    max_size=30,
)
AFTER = st.lists(st.integers(0, 90), max_size=6).map(sorted)


@given(steps=STEPS, after=AFTER, severity=st.sampled_from(Severity))
def test_any_history_calls_each_level_once_in_order_and_none_after_an_answer(
    steps: list[tuple[str, int]], after: list[int], severity: Severity
) -> None:
    """Pure: an incident as its events would leave it, and a clock that only goes on."""
    levels = [{"name": str(each), "after": f"{each}m"} for each in after]
    ladder = ladder_of(config(levels=levels, severity="medium"), "prod")
    incident = Incident(1, AT, "ana", "Wrong", severity, (12,))
    now, called = AT, []
    for step, minutes in steps:
        now += minutes * MINUTE
        if step == "tick":
            due = due_levels(incident, ladder, now)
            assert not (due and (incident.acknowledged_at or incident.closed_at))
            for level in due:
                assert incident.opened_at + level.after <= now
                called.append(level.number)
            incident = replace(incident, escalated=dict.fromkeys(called, now))
            if not (incident.acknowledged_at or incident.closed_at):
                mild = severity is Severity.LOW
                expected = (
                    [] if mild else [n for n, m in enumerate(after, 1) if AT + m * MINUTE <= now]
                )
                assert called == expected
        elif step == "ack":
            incident = replace(incident, acknowledged_at=now)
        elif step == "close":
            incident = replace(incident, closed_at=now)
    assert called == sorted(set(called))
