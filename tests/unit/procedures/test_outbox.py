"""Which announcements belong to an incident, and reach those who are told of incidents only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.procedures.outboxes import Post, receiver

from dbt_rewind.engine.access import Access
from dbt_rewind.engine.runbook.incidents import opened_payload
from dbt_rewind.engine.runbook.logbook import Logbook, open_logbook
from dbt_rewind.engine.runbook.requests import requested_payload
from dbt_rewind.integrations.channel import SilentChannel
from dbt_rewind.model import (
    Demand,
    EventKind,
    Incident,
    Note,
    Proof,
    ProofMethod,
    Request,
    Severity,
    Topic,
)
from dbt_rewind.procedures.announcement import Announcement
from dbt_rewind.procedures.channels import Receiver
from dbt_rewind.procedures.messages import (
    approval_requested,
    incident_noted,
    incident_opened,
    policy_changed,
    rolled_back,
)
from dbt_rewind.procedures.outbox import claim, queue

AT = datetime(2024, 5, 1, 3, tzinfo=UTC)
INCIDENT = Incident(1, AT, "ana", "Revenue is wrong", Severity.HIGH, (12,), decision=4)
OTHER = Incident(2, AT, "ana", "Late", Severity.LOW, (9,))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Logbook]:
    """One incident of high severity about r12, which decision 4 has led to; one of low, about r9;
    and a closed one, about r7."""
    outbox = Post(tmp_path).outbox()
    with open_logbook(Access(outbox.connect), "prod", outbox.mirror, outbox.owner) as opened:
        closed = Incident(3, AT, "ana", "Over", Severity.HIGH, (7,))
        for incident in (INCIDENT, OTHER, closed):
            opened.append(EventKind.OPENED, opened_payload(incident))
        opened.append(EventKind.CLOSED, {"incident": 3, "by": "ana", "note": ""})
        yield opened


def request(book: Logbook, number: int, decision: int | None) -> Request:
    made = Request(
        number,
        AT,
        Proof(ProofMethod.NONE, "ana", {}),
        "rollback",
        "digest",
        Demand(("lead",), 1),
        AT + timedelta(hours=4),
        ("r12 -> r11",),
        decision=decision,
    )
    book.append(EventKind.REQUESTED, requested_payload(made))
    return made


def back(source: int) -> Announcement:
    return rolled_back("prod", publish=41, source=source, target=6, by="ana", reason="bad")


def queued(book: Logbook, announcement: Announcement, to: Receiver) -> list[str | None]:
    """The incident of each message that came of it."""
    before = set(book.runbook.messages)
    queue(book, announcement, (to,))
    messages = book.runbook.messages
    return [messages[number].facts.get("incident") for number in set(messages) - before]


def test_what_belongs_to_an_incident_is_told_with_it(book: Logbook) -> None:
    tracker = receiver("tracker", SilentChannel(), of_incidents=True)
    assert queued(book, incident_opened("prod", INCIDENT), tracker) == ["I1"]
    assert queued(book, approval_requested("prod", request(book, 1, 4)), tracker) == ["I1"]
    assert queued(book, back(12), tracker) == ["I1"]


def test_what_belongs_to_none_is_not_told_to_who_is_told_of_incidents(book: Logbook) -> None:
    tracker = receiver("tracker", SilentChannel(), of_incidents=True)
    everything = receiver("everything", SilentChannel())
    publishes = (
        rolled_back("prod", publish=n, source=n, target=6, by="a", reason="") for n in (7, 11)
    )
    for announcement in (
        approval_requested("prod", request(book, 1, None)),
        approval_requested("prod", request(book, 2, 3)),
        policy_changed("prod", digest="f", by="ana", reason=""),
        *publishes,
    ):
        assert queued(book, announcement, tracker) == []
        assert queued(book, announcement, everything) == [None]


def test_who_is_told_of_grave_incidents_is_told_all_of_them_and_of_no_other(book: Logbook) -> None:
    tracker = receiver("tracker", SilentChannel(), None, Severity.HIGH, of_incidents=True)
    assert queued(book, incident_opened("prod", OTHER), tracker) == []
    assert queued(book, back(9), tracker) == []
    assert queued(book, back(12), tracker) == ["I1"]


def test_a_message_goes_out_with_what_its_incident_is_called_now_and_where_it_is(
    book: Logbook,
) -> None:
    tracker = receiver("tracker", SilentChannel(), of_incidents=True)
    queued(book, back(12), tracker)
    book.append(EventKind.LINKED, {"incident": 1, "to": "tracker", "at": "https://x/issues/7"})
    (message,) = claim(book, {"tracker": SilentChannel()}, timedelta(seconds=5))
    assert message.topic is Topic.ROLLED_BACK
    assert message.facts == {
        "about": "publish 41",
        "publish": "41",
        "left": "r12",
        "incident": "I1",
        "title": "Revenue is wrong",
        "severity": "high",
        "opened_at": book.runbook.incidents[1].opened_at.isoformat(),
        "link": "https://x/issues/7",
    }


def test_a_note_as_long_as_a_log_is_shortened(book: Logbook) -> None:
    note = Note(AT, "ana", "x" * 1_000_000)
    told = incident_noted("prod", replace(INCIDENT, notes=(note,)), note)
    assert len(told.body) < 2_500
    assert "xxx...\n" in told.body
