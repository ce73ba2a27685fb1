"""Incidents in the runbook's chain: from `opened` to `closed`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dbt_rewind.model import Event, EventKind, Incident, Note, Severity


def opened_payload(incident: Incident) -> Mapping[str, Any]:
    """The incident as its event holds it; when it was opened is the event's own time. The events
    that follow it have `incident` (its number), `by`, and what they add."""
    return {
        "incident": incident.number,
        "by": incident.opened_by,
        "title": incident.title,
        "severity": incident.severity.value,
        "releases": list(incident.releases),
        "decision": incident.decision,
    }


def take_incident(incidents: dict[int, Incident], event: Event) -> None:
    """Adds the event to the incidents by number."""
    payload = event.payload
    number = payload["incident"]
    if event.kind is EventKind.OPENED:
        incidents[number] = _opened(event)
        return
    incident = incidents[number]
    match event.kind:
        case EventKind.NOTED:
            note = Note(event.at, payload["by"], payload["text"])
            incident = replace(incident, notes=(*incident.notes, note))
        case EventKind.LINKED:
            incident = replace(incident, links={**incident.links, payload["to"]: payload["at"]})
        case EventKind.ACKNOWLEDGED:
            incident = replace(incident, acknowledged_at=event.at, acknowledged_by=payload["by"])
        case EventKind.ESCALATED:
            escalated = {**incident.escalated, payload["level"]: event.at}
            incident = replace(incident, escalated=escalated)
        case EventKind.CLOSED:
            incident = replace(incident, closed_at=event.at, closed_by=payload["by"])
        case _:
            raise AssertionError(f"{event.kind} is no event of an incident")
    incidents[number] = incident


def _opened(event: Event) -> Incident:
    payload = event.payload
    return Incident(
        payload["incident"],
        event.at,
        payload["by"],
        payload["title"],
        Severity(payload["severity"]),
        tuple(payload["releases"]),
        payload["decision"],
    )
