"""Incidents in the runbook's chain: from `opened` to `closed`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dbt_rewind.model import Event, EventKind, Incident, Note, Severity


def opened_payload(incident: Incident) -> Mapping[str, Any]:
    """The incident as its event holds it; when it was opened is the event's own time."""
    return {
        "incident": incident.number,
        "by": incident.opened_by,
        "title": incident.title,
        "severity": incident.severity.value,
        "releases": list(incident.releases),
        "decision": incident.decision,
    }


def noted_payload(
    incident: Incident, by: str, text: str, severity: Severity | None = None
) -> Mapping[str, Any]:
    """A note; `severity` is what the incident is raised to with it, None: it stays as bad."""
    return {
        "incident": incident.number,
        "by": by,
        "text": text,
        "severity": severity.value if severity else None,
    }


def acknowledged_payload(incident: Incident, by: str) -> Mapping[str, Any]:
    return {"incident": incident.number, "by": by}


def escalated_payload(
    incident: Incident, level: int, name: str, contact: str, channels: Sequence[str]
) -> Mapping[str, Any]:
    """A level (1 is the first) is called; `channels` are to get the message, which is written with
    this event or, after a kill, by whoever comes next."""
    return {
        "incident": incident.number,
        "level": level,
        "name": name,
        "contact": contact,
        "channels": list(channels),
    }


def closed_payload(incident: Incident, by: str, note: str) -> Mapping[str, Any]:
    """`note` says what came of it."""
    return {"incident": incident.number, "by": by, "note": note}


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
            incident = _noted(incident, event)
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


def _noted(incident: Incident, event: Event) -> Incident:
    payload = event.payload
    raised = payload.get("severity")
    note = Note(event.at, payload["by"], payload["text"], incident.severity if raised else None)
    severity = Severity(raised) if raised else incident.severity
    return replace(incident, severity=severity, notes=(*incident.notes, note))


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
