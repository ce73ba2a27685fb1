"""What happened around an incident: events of both chains, in the order of their times."""

from __future__ import annotations

from dbt_rewind.engine.history import GOES_LIVE, History
from dbt_rewind.engine.runbook.state import Runbook
from dbt_rewind.model import Event, EventKind, Incident

_OF_REQUESTS = frozenset({EventKind.REQUESTED, EventKind.APPROVED, EventKind.REJECTED})
_OF_CODE = frozenset({EventKind.CODE_CHANGED, EventKind.CODE_REFUSED})
_OF_MESSAGES = frozenset(
    {EventKind.QUEUED, EventKind.SENDING, EventKind.SENT, EventKind.UNDELIVERED}
)


def timeline(history: History, runbook: Runbook, incident: Incident) -> tuple[Event, ...]:
    """The events that concern the incident, oldest first.

    Of the environment: those of its releases at any time, and all others while it was open. Of the
    runbook: what was done to it, the decision that called for it and those about its releases,
    requests that rest on these or were open meanwhile, what was done to its releases' code, reviews
    of the publishes, messages about any of that.
    """
    about = {each.sequence for number in incident.releases for each in history.events_of(number)}
    own = [
        event
        for event in history.events
        if event.sequence in about or _is_meanwhile(incident, event)
    ]
    publishes = {event.sequence for event in own if event.kind in GOES_LIVE}
    theirs = [event for event in runbook.events if _is_told(runbook, incident, publishes, event)]
    # At one moment, the environment comes first: what people do follows from it.
    return tuple(sorted([*own, *theirs], key=lambda event: event.at))


def _is_meanwhile(incident: Incident, event: Event) -> bool:
    ended = incident.closed_at
    return incident.opened_at <= event.at and (ended is None or event.at <= ended)


def _is_told(runbook: Runbook, incident: Incident, publishes: set[int], event: Event) -> bool:
    payload = event.payload
    if event.kind is EventKind.ASSESSED:
        return _is_decision(runbook, incident, payload["decision"])
    if event.kind in _OF_REQUESTS:
        request = runbook.requests[payload["request"]]
        return _is_decision(runbook, incident, request.decision) or _is_meanwhile(incident, event)
    if event.kind is EventKind.REVIEWED:
        return payload["publish"] in publishes
    if event.kind in _OF_CODE:
        return not set(payload["releases"]).isdisjoint(incident.releases)
    if event.kind in _OF_MESSAGES:
        return _is_message(runbook, incident, publishes, event)
    return bool(payload.get("incident") == incident.number)


def _is_message(runbook: Runbook, incident: Incident, publishes: set[int], event: Event) -> bool:
    facts = runbook.messages[event.payload["number"]].facts
    if "incident" in facts:
        return facts["incident"] == incident.id
    if "publish" in facts:
        return facts["publish"] in {str(sequence) for sequence in publishes}
    return _is_meanwhile(incident, event)


def _is_decision(runbook: Runbook, incident: Incident, number: int | None) -> bool:
    if number is None:
        return False
    return number == incident.decision or runbook.decisions[number].release in incident.releases
