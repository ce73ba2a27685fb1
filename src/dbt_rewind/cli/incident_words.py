"""Incidents in words and as JSON facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dbt_rewind import clock
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import ago, clipped, count, moment, on_one_line, wrapped
from dbt_rewind.model import Event, EventKind, Incident, Level, release_id

if TYPE_CHECKING:
    from dbt_rewind.procedures.runbook import Reading

_COLOURS = {"open": "red", "in hand": "yellow", "closed": "green"}
_LINE = 80


def state_of(incident: Incident) -> str:
    """`open`, `in hand` or `closed`."""
    if not incident.is_open:
        return "closed"
    return "open" if incident.acknowledged_at is None else "in hand"


def say_brief(screen: Screen, environment: str, incident: Incident) -> None:
    """What became of the incident, in one line."""
    state = state_of(incident)
    head = f"{incident.id} is {state} in {environment}, {incident.severity.value}"
    about = f", {_releases(incident)}" if incident.releases else ""
    words = f"{head}{about}: {on_one_line(incident.title)}"
    screen.say(clipped(words, _LINE), fg=_COLOURS[state], bold=True)


def say_in_hand(screen: Screen, incident: Incident, is_new: bool) -> None:
    """Who has it in hand."""
    if is_new:
        words = f"{incident.id} is in hand: {incident.acknowledged_by}; nobody further is called"
        screen.say(clipped(on_one_line(words), _LINE), fg="green")
        return
    since = f"since {moment(incident.acknowledged_at)}" if incident.acknowledged_at else ""
    words = f"{incident.id} is in hand already, {since}: {incident.acknowledged_by}"
    screen.say(clipped(on_one_line(words), _LINE))


def say_list(screen: Screen, environment: str, incidents: Sequence[Incident], total: int) -> None:
    """One line each."""
    open_now = sum(each.is_open for each in incidents)
    closed = f"; {total - open_now} closed" if total > open_now else ""
    screen.say(f"{environment}: {count(open_now, 'incident')} open{closed}")
    for incident in incidents:
        state = state_of(incident)
        head = f"  {incident.id:5} {state:8} {incident.severity.value:9}"
        head += f"{clipped(_releases(incident), 8):9} {moment(incident.opened_at)}  "
        screen.say(clipped(head + on_one_line(incident.title), _LINE), fg=_COLOURS[state])


def say_incident(
    screen: Screen,
    read: Reading,
    incident: Incident,
    events: Sequence[Event],
    coming: Sequence[tuple[Level, datetime]],
) -> None:
    """The incident, its notes in full, and its timeline, one line an event. `coming` has whom is
    called next, and when."""
    state = state_of(incident)
    environment = read.history.environment
    severity = incident.severity.value
    head = f"{incident.id} in {environment}: {state}, {severity}"
    screen.say(head, fg=_COLOURS[state], bold=True)
    screen.say("\n".join(wrapped("  title     ", incident.title)))
    opened = f"{moment(incident.opened_at)}, {ago(incident.opened_at)}, by {incident.opened_by}"
    screen.say("\n".join(wrapped("  opened    ", opened)))
    if incident.releases:
        screen.say(f"  releases  {_with_states(read, incident)}")
    if incident.decision is not None:
        screen.say(f"  decision  D{incident.decision}")
    if incident.acknowledged_at is not None:
        words = f"{incident.acknowledged_by}, since {moment(incident.acknowledged_at)}"
        screen.say("\n".join(wrapped("  in hand   ", words)))
    if incident.closed_at is not None:
        words = f"{moment(incident.closed_at)} by {incident.closed_by}"
        screen.say("\n".join(wrapped("  closed    ", words)))
    for level, at in coming:
        words = f"{level.words}, at {moment(at)}, if nobody answers"
        if at <= clock.now():
            words = f"{level.words}, is due since {moment(at)}; `rewind tick` calls it"
        screen.say("\n".join(wrapped("  next      ", words)))
    for name, link in incident.links.items():
        screen.say("\n".join(wrapped(f"  {clipped(name, 9):10}", link)))
    _say_notes(screen, events)
    _say_timeline(screen, read, events)
    if state == "open":
        screen.tell(f"\ntake it in hand: rewind incident ack {incident.id} -e {environment}")


def incident_facts(incident: Incident) -> dict[str, Any]:
    """An incident as JSON data."""
    return {
        "id": incident.id,
        "state": state_of(incident),
        "title": incident.title,
        "severity": incident.severity,
        "releases": [release_id(number) for number in incident.releases],
        "decision": f"D{incident.decision}" if incident.decision is not None else None,
        "opened_at": incident.opened_at,
        "opened_by": incident.opened_by,
        "acknowledged_at": incident.acknowledged_at,
        "acknowledged_by": incident.acknowledged_by,
        "closed_at": incident.closed_at,
        "closed_by": incident.closed_by,
        "notes": [
            {"at": note.at, "by": note.by, "text": note.text, "raised_from": note.raised_from}
            for note in incident.notes
        ],
        "links": dict(incident.links),
        "escalated": [
            {"level": level, "at": at} for level, at in sorted(incident.escalated.items())
        ],
    }


def call_facts(level: Level, at: datetime) -> dict[str, Any]:
    """A level that is to be called, as JSON data."""
    return {"level": level.number, "name": level.name, "contact": level.contact, "at": at}


def _releases(incident: Incident) -> str:
    return ", ".join(release_id(number) for number in incident.releases) or "-"


def _with_states(read: Reading, incident: Incident) -> str:
    known = read.history.releases
    return ", ".join(
        f"{release_id(number)} ({known[number].state.value})" if number in known else f"r{number}"
        for number in incident.releases
    )


def _say_notes(screen: Screen, events: Sequence[Event]) -> None:
    told = {EventKind.NOTED: "text", EventKind.CLOSED: "note"}
    notes = [event for event in events if event.kind in told]
    if notes:
        screen.say("\nnotes")
    for event in notes:
        by = on_one_line(event.payload["by"])
        screen.say(clipped(f"  {moment(event.at)}  {by}", _LINE))
        for line in event.payload[told[event.kind]].splitlines():
            screen.say("\n".join(wrapped("    ", line)).rstrip())


def _say_timeline(screen: Screen, read: Reading, events: Sequence[Event]) -> None:
    from dbt_rewind.cli.timeline_words import UNSAID, event_words

    screen.say("\ntimeline (UTC)")
    for event in events:
        if event.kind not in UNSAID:
            words = event_words(read.runbook, event)
            screen.say(clipped(f"  {event.at:%Y-%m-%d %H:%M}  {words}", _LINE))
