"""The runbook's chain: its own lease, its own events, derived anew each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dbt_rewind.engine.access import Access
from dbt_rewind.engine.mirror import read_mirror, runbook_mirror
from dbt_rewind.engine.runbook.decisions import assessed_payload
from dbt_rewind.engine.runbook.incidents import opened_payload
from dbt_rewind.engine.runbook.logbook import open_logbook
from dbt_rewind.engine.runbook.outbox import queued_payload, undelivered_payload
from dbt_rewind.engine.runbook.requests import requested_payload, verdict_payload
from dbt_rewind.engine.runbook.state import derive_runbook, read_runbook
from dbt_rewind.errors import ChainBroken
from dbt_rewind.model import (
    Action,
    Answer,
    Decision,
    Demand,
    EventKind,
    Incident,
    Message,
    Proof,
    ProofMethod,
    Request,
    Severity,
    Topic,
    Trigger,
    TriggerFinding,
    Verdict,
    next_event,
    runbook_chain,
)
from dbt_rewind.warehouse.memory import MemoryWarehouse
from dbt_rewind.warehouse.memory_store import MemoryStore
from dbt_rewind.warehouse.owner import current_owner

AT = datetime(2024, 5, 1, 3, tzinfo=UTC)
LEAD = Demand(("team-lead",), 1)
FINDING = TriggerFinding(
    Trigger.TESTS, Severity.HIGH, "test.shop.a", "a test fails", "3 rows", "0 rows", ("x",), 12
)
DECISION = Decision(
    1,
    AT,
    "ana",
    12,
    Severity.HIGH,
    Answer(Action.ROLL_BACK, timedelta(hours=1), LEAD, review=True),
    (FINDING,),
    AT + timedelta(hours=1),
    11,
)
KEY = Proof(ProofMethod.KEY, "ben", {"signature": "abc"})
REQUEST = Request(
    1,
    AT,
    KEY,
    "rollback",
    "f00",
    LEAD,
    AT + timedelta(hours=4),
    ("r12 -> r11",),
    "bad",
    Severity.HIGH,
    1,
)
INCIDENT = Incident(1, AT, "ana", "Revenue is wrong", Severity.HIGH, (12,), 1)
MESSAGE = Message(
    1, AT, "team", Topic.ROLLED_BACK, "prod", "r11 is live", Severity.HIGH, {"a": "b"}
)


@pytest.fixture
def access() -> Access:
    store = MemoryStore()
    return Access(lambda: MemoryWarehouse(store))


def test_each_event_leads_to_what_it_was_made_of(access: Access, tmp_path: Path) -> None:
    mirror = runbook_mirror(tmp_path / "prod.ledger.jsonl")
    with open_logbook(access, "prod", mirror, current_owner("ana", "test")) as book:
        book.append(EventKind.ASSESSED, assessed_payload(DECISION))
        book.append(EventKind.REQUESTED, requested_payload(REQUEST))
        verdict = Verdict(True, AT, replace(KEY, person="cleo"), "yes")
        book.append(EventKind.APPROVED, verdict_payload(REQUEST, verdict))
        book.append(EventKind.OPENED, opened_payload(INCIDENT))
        book.append(EventKind.NOTED, {"incident": 1, "by": "ana", "text": "looking"})
        book.append(EventKind.LINKED, {"incident": 1, "to": "github", "at": "https://x/1"})
        book.append(EventKind.ESCALATED, {"incident": 1, "level": 1, "name": "on-call"})
        book.append(EventKind.ACKNOWLEDGED, {"incident": 1, "by": "ben"})
        book.append(EventKind.CLOSED, {"incident": 1, "by": "ben", "note": "over"})
        book.append(EventKind.QUEUED, queued_payload(MESSAGE))
        book.append(EventKind.REVIEWED, {"publish": 31, "by": "ben", "note": "fine"})
    runbook = read_runbook(access.warehouse, "prod")
    decision = runbook.decisions[1]
    assert replace(decision, at=AT) == DECISION
    request = runbook.requests[1]
    assert replace(request, at=AT, verdicts=()) == REQUEST
    assert [each.proof.person for each in request.verdicts] == ["cleo"]
    incident = runbook.incidents[1]
    assert (incident.title, incident.notes[0].text, incident.links) == (
        "Revenue is wrong",
        "looking",
        {"github": "https://x/1"},
    )
    assert (incident.acknowledged_by, incident.closed_by, list(incident.escalated)) == (
        "ben",
        "ben",
        [1],
    )
    assert replace(runbook.messages[1], at=AT, due_at=None) == MESSAGE
    assert runbook.messages[1].due_at == runbook.messages[1].at
    assert runbook.reviewed == {31}
    assert read_mirror(mirror) == runbook.events


def test_a_message_is_due_again_until_it_is_sent(access: Access, tmp_path: Path) -> None:
    with open_logbook(access, "prod", tmp_path / "m", current_owner("ana", "test")) as book:
        message = book.append(EventKind.QUEUED, queued_payload(MESSAGE)).messages[1]
        later = AT + timedelta(minutes=1)
        failed = undelivered_payload(message, "it is down", later)
        message = book.append(EventKind.UNDELIVERED, failed).messages[1]
        assert (message.attempts, message.problem, message.due_at) == (1, "it is down", later)
        message = book.append(EventKind.SENT, {"number": 1}).messages[1]
        assert message.due_at is None
        assert message.sent_at is not None


def test_a_runbook_does_not_wait_for_whoever_works_in_the_environment(
    access: Access, tmp_path: Path
) -> None:
    access.warehouse.prepare()
    owner = current_owner("ana", "deploy")
    access.warehouse.acquire_lease("prod", owner, datetime.now(UTC), timedelta(hours=1))
    with open_logbook(access, "prod", tmp_path / "m", owner) as book:
        book.append(EventKind.OPENED, opened_payload(INCIDENT))
    assert access.warehouse.events("prod") == ()
    assert len(access.warehouse.events(runbook_chain("prod"))) == 1


def test_an_event_in_the_wrong_chain_breaks_it() -> None:
    event = next_event(None, runbook_chain("prod"), AT, EventKind.PUBLISHED, {"release": 1})
    with pytest.raises(ChainBroken, match="does not belong there"):
        derive_runbook("prod", (event,))
