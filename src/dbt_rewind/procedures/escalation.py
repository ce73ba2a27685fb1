"""Calls one level after the other until somebody acknowledges an incident.

The timers are the ledger's: an incident's events say since when it is bad enough and which levels
were called, so that any process, also after a restart, calls what is due. Each level is called
once, because that is decided and written under the runbook's lease.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from dbt_rewind import clock
from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.environment import is_production
from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.engine.runbook.incidents import escalated_payload
from dbt_rewind.engine.runbook.logbook import Logbook
from dbt_rewind.engine.runbook.state import Runbook
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import RewindError
from dbt_rewind.model import Event, EventKind, Incident, Ladder, Level, Severity
from dbt_rewind.procedures.announce import AGAIN, deliver, queue_up
from dbt_rewind.procedures.announcement import Announcement
from dbt_rewind.procedures.channels import Receiver, receivers_of
from dbt_rewind.procedures.messages import escalated, incident_noted, incident_opened
from dbt_rewind.procedures.outbox import is_queued, queue, wants
from dbt_rewind.procedures.runbook import holding_runbook


@dataclass(frozen=True, slots=True)
class Call:
    """A level that is called for an incident. `told` are the channels that its message goes to."""

    incident: Incident
    level: Level
    told: tuple[str, ...]

    @property
    def words(self) -> str:
        """`level 2, DevOps lead, through pager`."""
        how = f"through {', '.join(self.told)}" if self.told else "but no channel is told of it"
        return f"{self.level.words}, {how}"


def ladder_of(config: RewindConfig, environment: str) -> Ladder:
    """The ladder of that environment, without a level where it is not in production."""
    levels = tuple(
        Level(number, each.name, parse_duration(each.after), each.contact, each.channels)
        for number, each in enumerate(config.escalation.levels, start=1)
    )
    if not is_production(environment, config.environments[environment]):
        levels = ()
    return Ladder(config.escalation.severity, levels)


def due_levels(incident: Incident, ladder: Ladder, now: datetime) -> tuple[Level, ...]:
    """The levels to be called now, in order: those whose time has come, and were never called.

    None once somebody has acknowledged the incident, or closed it.
    """
    return tuple(level for level, at in coming_levels(incident, ladder) if at <= now)


def coming_levels(incident: Incident, ladder: Ladder) -> tuple[tuple[Level, datetime], ...]:
    """The levels that were never called and when each is, as long as nobody answers."""
    since = incident.since(ladder.severity)
    if since is None or not _waits(incident):
        return ()
    return tuple(
        (level, since + level.after)
        for level in ladder.levels
        if level.number not in incident.escalated
    )


def tell_opened(
    workspace: Workspace, incident: Incident, is_new: bool, warn: Callable[[str], None]
) -> tuple[Call, ...]:
    """As `queue_opened`, and delivers. For the moment when the runbook is given back."""
    warn = _once(warn)
    calls = queue_opened(workspace, incident, is_new, warn)
    deliver(workspace, warn)
    return calls


def queue_opened(
    workspace: Workspace, incident: Incident, is_new: bool, warn: Callable[[str], None]
) -> tuple[Call, ...]:
    """Writes the messages about what `open_incident` or `ensure_incident` has led to, calls at once
    whom that concerns, and returns those calls; `deliver` sends it. Never raises, as `announce`."""
    if is_new:
        queue_up(workspace, incident_opened(workspace.name, incident), warn)
    elif incident.notes and incident.notes[-1].raised_from is not None:
        queue_up(workspace, incident_noted(workspace.name, incident, incident.notes[-1]), warn)
    if not due_levels(incident, ladder_of(workspace.config, workspace.name), clock.now()):
        return ()
    try:
        return escalate(workspace, warn)
    except (RewindError, OSError) as error:
        warn(f"nobody was called: {error}; {AGAIN}")
        return ()


def escalate(workspace: Workspace, warn: Callable[[str], None]) -> tuple[Call, ...]:
    """Calls what is due in the environment, and returns it; the messages are written, and wait to
    be delivered.

    Raises as `holding_runbook` and `Logbook.append`.
    """
    ladder = ladder_of(workspace.config, workspace.name)
    receivers = receivers_of(workspace)
    with holding_runbook(workspace) as (book, _):
        write_missing(book, receivers)
        calls = call_due(book, ladder, receivers)
    if book.mirror_problem:
        warn(book.mirror_problem)
    return calls


def is_to_escalate(runbook: Runbook, workspace: Workspace) -> bool:
    """Whether there is something to do for `escalate`."""
    ladder = ladder_of(workspace.config, workspace.name)
    now = clock.now()
    if any(due_levels(incident, ladder, now) for incident in runbook.incidents.values()):
        return True
    receivers = receivers_of(workspace)
    return next(_missing(runbook, receivers), None) is not None


def call_due(book: Logbook, ladder: Ladder, receivers: Iterable[Receiver]) -> tuple[Call, ...]:
    """Writes that each due level is called, and its message directly behind that.

    Raises as `Logbook.append`.
    """
    calls = []
    for number in sorted(book.runbook.incidents):
        incident = book.runbook.incidents[number]
        for level in due_levels(incident, ladder, clock.now()):
            calls.append(_called(book, incident, level, receivers))
    return tuple(calls)


def write_missing(book: Logbook, receivers: Iterable[Receiver]) -> None:
    """Writes the messages of calls whose process was killed before it had written them.

    Raises as `Logbook.append`.
    """
    for announcement, receiver in tuple(_missing(book.runbook, receivers)):
        queue(book, announcement, [receiver])


def _called(book: Logbook, incident: Incident, level: Level, receivers: Iterable[Receiver]) -> Call:
    environment = book.runbook.environment
    announcement = escalated(environment, incident, level.number, level.name, level.contact)
    told = _told(incident, level, announcement, receivers)
    names = tuple(receiver.name for receiver in told)
    payload = escalated_payload(incident, level.number, level.name, level.contact, names)
    book.append(EventKind.ESCALATED, payload)
    queue(book, announcement, told)
    return Call(book.runbook.incidents[incident.number], level, names)


def _told(
    incident: Incident, level: Level, announcement: Announcement, receivers: Iterable[Receiver]
) -> tuple[Receiver, ...]:
    """Who is told of a call: those whom the level names get it whatever else they want."""
    if level.channels is None:
        return tuple(each for each in receivers if wants(each, announcement, incident))
    return tuple(_wanting(each) for each in receivers if each.name in level.channels)


def _missing(
    runbook: Runbook, receivers: Iterable[Receiver]
) -> Iterator[tuple[Announcement, Receiver]]:
    """The messages that a call has led to and that nobody has written, while they still matter."""
    known = {receiver.name: receiver for receiver in receivers}
    for event in runbook.events:
        if event.kind is not EventKind.ESCALATED:
            continue
        incident = runbook.incidents[event.payload["incident"]]
        if not _waits(incident):
            continue
        announcement = _announcement(runbook, incident, event)
        for name in event.payload.get("channels", ()):
            if name in known and not is_queued(runbook, announcement, known[name]):
                yield announcement, _wanting(known[name])


def _announcement(runbook: Runbook, incident: Incident, event: Event) -> Announcement:
    payload = event.payload
    contact = payload.get("contact", "")
    return escalated(runbook.environment, incident, payload["level"], payload["name"], contact)


def _wanting(receiver: Receiver) -> Receiver:
    """The receiver as it gets whatever it is sent."""
    return replace(receiver, topics=None, least=Severity.LOW)


def _once(warn: Callable[[str], None]) -> Callable[[str], None]:
    """`warn` that says the same only once, however often messages are tried."""
    said: set[str] = set()

    def warn_once(words: str) -> None:
        if words not in said:
            said.add(words)
            warn(words)

    return warn_once


def _waits(incident: Incident) -> bool:
    return incident.is_open and incident.acknowledged_at is None
