"""A timeline has what concerns the incident, of both chains, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from dbt_rewind.engine.history import History
from dbt_rewind.engine.runbook.decisions import assessed_payload
from dbt_rewind.engine.runbook.incidents import closed_payload, opened_payload
from dbt_rewind.engine.runbook.outbox import queued_payload
from dbt_rewind.engine.runbook.requests import requested_payload
from dbt_rewind.engine.runbook.state import derive_runbook
from dbt_rewind.model import (
    NOBODY,
    Action,
    Answer,
    Decision,
    Event,
    EventKind,
    Incident,
    Message,
    Proof,
    ProofMethod,
    Request,
    Severity,
    Topic,
    next_event,
    runbook_chain,
)
from dbt_rewind.procedures.timeline import timeline

AT = datetime(2024, 5, 1, 3, tzinfo=UTC)
INCIDENT = Incident(1, AT, "ana", "Revenue is wrong", Severity.HIGH, (12,), 1)
ANSWER = Answer(Action.ROLL_BACK)
PROOF = Proof(ProofMethod.KEY, "ben", {})


def at(minutes: int) -> datetime:
    return AT + timedelta(minutes=minutes)


def chain(name: str, *events: tuple[int, EventKind, Mapping[str, Any]]) -> tuple[Event, ...]:
    made: list[Event] = []
    for minutes, kind, payload in events:
        made.append(next_event(made[-1] if made else None, name, at(minutes), kind, payload))
    return tuple(made)


def decision(number: int, release: int) -> Mapping[str, Any]:
    return assessed_payload(Decision(number, AT, "ci", release, Severity.HIGH, ANSWER, ()))


def request(number: int, rests_on: int | None) -> Mapping[str, Any]:
    return requested_payload(
        Request(number, AT, PROOF, "rollback", "f", NOBODY, at(99), (), decision=rests_on)
    )


def message(number: int, **facts: str) -> Mapping[str, Any]:
    return queued_payload(Message(number, AT, "team", Topic.ROLLED_BACK, "s", "b", facts=facts))


def published(release: int, previous: int) -> Mapping[str, Any]:
    return {"operation": "deploy", "release": release, "previous": previous}


def test_it_has_what_concerns_the_incident() -> None:
    events = chain(
        "prod",
        (-90, EventKind.PUBLISHED, published(9, 8)),
        (-60, EventKind.PUBLISHED, published(12, 9)),
        (-50, EventKind.PINNED, {"release": 9}),
        (10, EventKind.PUBLISHED, published(9, 12)),
        (20, EventKind.PUBLISHED, published(13, 9)),
        (50, EventKind.PUBLISHED, published(14, 13)),
    )
    other = Incident(2, AT, "ana", "Another", Severity.LOW, (7,))
    runbook = derive_runbook(
        "prod",
        chain(
            runbook_chain("prod"),
            (-30, EventKind.ASSESSED, decision(1, 12)),
            (-29, EventKind.ASSESSED, decision(2, 9)),
            (-28, EventKind.REQUESTED, request(1, 1)),
            (-27, EventKind.REQUESTED, request(2, None)),
            (0, EventKind.OPENED, opened_payload(INCIDENT)),
            (5, EventKind.REQUESTED, request(3, None)),
            (6, EventKind.OPENED, opened_payload(other)),
            (7, EventKind.QUEUED, message(1, incident="I1")),
            (8, EventKind.QUEUED, message(2, incident="I2")),
            (10, EventKind.QUEUED, message(3, publish="4")),
            (10, EventKind.QUEUED, message(4, publish="1")),
            (11, EventKind.SENT, {"number": 1}),
            (30, EventKind.CLOSED, closed_payload(INCIDENT, "ana", "over")),
            (40, EventKind.REVIEWED, {"publish": 4, "by": "ben", "note": "fine"}),
            (40, EventKind.REVIEWED, {"publish": 6, "by": "ben", "note": "fine"}),
            (55, EventKind.QUEUED, message(5, request="A3")),
        ),
    )
    incident = runbook.incidents[1]
    history = History("prod", {}, None, events[-1], None, events)
    told = timeline(history, runbook, incident)
    assert [(event.environment == "prod", event.sequence) for event in told] == [
        (True, 2),  # its release went live
        (False, 1),  # the decision about it
        (False, 3),  # a request that rests on it
        (False, 5),
        (False, 6),  # a request meanwhile
        (False, 8),
        (True, 4),  # left for another release; at the same time as what follows
        (False, 10),
        (False, 12),
        (True, 5),  # a publish of others meanwhile
        (False, 13),
        (False, 14),  # a review of a publish that it names
    ]
