"""Messages that wait in the runbook: queued, claimed, sent, tried again, given up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dbt_rewind import clock
from dbt_rewind.engine.runbook.logbook import Logbook
from dbt_rewind.engine.runbook.outbox import (
    queued_payload,
    sending_payload,
    undelivered_payload,
)
from dbt_rewind.engine.runbook.state import Runbook
from dbt_rewind.integrations.channel import Channel
from dbt_rewind.integrations.sending import Outcome
from dbt_rewind.model import EventKind, Incident, Message, Owner
from dbt_rewind.procedures.announcement import Announcement
from dbt_rewind.procedures.channels import Receiver
from dbt_rewind.warehouse.protocol import Warehouse

AT_ONCE: Final = 20
"""How many messages one process takes in hand at a time."""

FIRST_PAUSE: Final = timedelta(minutes=1)
"""The time before the second attempt; it doubles with each that follows."""

LONGEST_PAUSE: Final = timedelta(hours=1)
"""What the pauses grow up to, and what a receiver may ask for."""

KEPT: Final = timedelta(days=1)
"""How long a message is worth sending: no one is helped by the alarm of last month."""

TO_RECORD: Final = timedelta(seconds=30)
"""How long after its last second of sending a process may take to say what came of it, before
others hold it for dead."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """One environment's messages and those who get them. `mirror` is the runbook's. `timeout`
    bounds what a command waits for receivers, `attempts` the failures of one message."""

    environment: str
    connect: Callable[[], Warehouse]
    mirror: Path
    owner: Owner
    receivers: tuple[Receiver, ...]
    timeout: timedelta
    attempts: int


def queue(book: Logbook, announcement: Announcement, receivers: Iterable[Receiver]) -> None:
    """Writes a message for each receiver that wants it and has none yet of the same announcement.

    Raises as `Logbook.append` does.
    """
    incident = incident_of(book.runbook, announcement.facts)
    facts = {"about": announcement.about, **announcement.facts}
    if incident is not None:
        facts["incident"] = incident.id
    for receiver in receivers:
        if not wants(receiver, announcement, incident):
            continue
        if is_queued(book.runbook, announcement, receiver):
            continue
        message = Message(
            max(book.runbook.messages, default=0) + 1,
            clock.now(),
            receiver.name,
            announcement.topic,
            announcement.subject,
            announcement.body,
            announcement.severity,
            facts,
        )
        book.append(EventKind.QUEUED, queued_payload(message))


def wants(receiver: Receiver, announcement: Announcement, incident: Incident | None) -> bool:
    """Whether the receiver is told of it; `incident` is the one it is about, None: of none."""
    if not receiver.of_incidents:
        return receiver.wants(announcement.topic, announcement.severity)
    # What belongs to an incident goes where the incident itself has gone.
    return incident is not None and receiver.wants(announcement.topic, incident.severity)


def is_queued(runbook: Runbook, announcement: Announcement, receiver: Receiver) -> bool:
    """Whether the receiver's message of that announcement is written already."""
    return any(
        message.channel == receiver.name
        and message.topic is announcement.topic
        and message.facts.get("about") == announcement.about
        for message in runbook.messages.values()
    )


def due(runbook: Runbook, names: Collection[str], now: datetime) -> tuple[Message, ...]:
    """The messages to these channels that nobody has in hand and whose time has come, in order."""
    found = sorted(runbook.messages.values(), key=lambda message: message.number)
    return tuple(each for each in found if each.channel in names and each.is_due(now))


def give_up_old(book: Logbook) -> tuple[Message, ...]:
    """Gives up the messages that have waited for too long, and returns them as they are now: for a
    channel that rewind.yml no longer has, or whose variable nobody sets. Raises as `append` does.
    """
    now = clock.now()
    old = [
        message.number
        for message in book.runbook.messages.values()
        if is_old(message, now) and not _in_hand(message, now)
    ]
    for number in old:
        message = book.runbook.messages[number]
        problem = message.problem or "it could not be sent"
        payload = undelivered_payload(message, f"{problem}, for a day", None)
        book.append(EventKind.UNDELIVERED, payload)
    return tuple(book.runbook.messages[number] for number in old)


def is_old(message: Message, now: datetime) -> bool:
    """Whether it waits, and has done so for too long."""
    return message.due_at is not None and message.at + KEPT <= now


def claim(
    book: Logbook, channels: Mapping[str, Channel], sending: timedelta
) -> tuple[Message, ...]:
    """Takes due messages in hand, so that no other process sends them before it is known what came
    of it. Those about incidents know their incident, and where the channel has put it. Raises as
    `append` does."""
    now = clock.now()
    until = now + sending + TO_RECORD
    mine = _free(book.runbook, channels, now)[:AT_ONCE]
    for message in mine:
        book.append(EventKind.SENDING, sending_payload(message, until))
    return tuple(_with_incident(book.runbook, book.runbook.messages[each.number]) for each in mine)


def _free(runbook: Runbook, channels: Mapping[str, Channel], now: datetime) -> list[Message]:
    """The due messages, without those that must wait for another about the same incident."""
    found: list[Message] = []
    held: set[tuple[str, str | None]] = set()
    ready = {message.number for message in due(runbook, channels, now)}
    for message in sorted(runbook.messages.values(), key=lambda each: each.number):
        channel = channels.get(message.channel)
        if channel is None or message.due_at is None:
            continue
        if message.number not in ready:
            held.add(_order(message))
        elif not (channel.keeps_order and _order(message) in held):
            found.append(message)
    return found


def record(book: Logbook, outcomes: Iterable[Outcome], attempts: int) -> tuple[Message, ...]:
    """Writes down what came of each attempt, and returns the messages as they are now.

    Raises as `append` does.
    """
    found = []
    for outcome in outcomes:
        message = book.runbook.messages[outcome.message.number]
        if outcome.problem is None:
            _link(book, outcome)
            book.append(EventKind.SENT, {"number": message.number})
        elif message.claimed_until == outcome.message.claimed_until:
            again = _again(message, outcome, attempts)
            payload = undelivered_payload(message, outcome.problem, again)
            book.append(EventKind.UNDELIVERED, payload)
        found.append(book.runbook.messages[message.number])
    return tuple(found)


def _again(message: Message, outcome: Outcome, attempts: int) -> datetime | None:
    """When it is tried again, None where it is given up."""
    if outcome.refused or message.attempts + 1 >= attempts:
        return None
    pause: timedelta = FIRST_PAUSE * 2**message.attempts
    return clock.now() + min(max(pause, outcome.after or pause), LONGEST_PAUSE)


def _in_hand(message: Message, now: datetime) -> bool:
    return message.claimed_until is not None and message.claimed_until > now


def _order(message: Message) -> tuple[str, str | None]:
    return message.channel, message.facts.get("incident")


def incident_of(runbook: Runbook, facts: Mapping[str, str]) -> Incident | None:
    """The incident that something belongs to: the one it names, the one that led to the decision
    which a request rests on, or the open one about the release that was left."""
    if "incident" in facts:
        return runbook.incidents.get(_number(facts["incident"]))
    incidents = sorted(runbook.incidents.values(), key=lambda each: each.number, reverse=True)
    if "request" in facts:
        request = runbook.requests.get(_number(facts["request"]))
        decision = request.decision if request else None
        led = (each for each in incidents if decision is not None and each.decision == decision)
        return next(led, None)
    if "left" in facts:
        left = _number(facts["left"])
        about = (each for each in incidents if each.is_open and left in each.releases)
        return next(about, None)
    return None


def _number(name: str) -> int:
    return int(name[1:])


def _with_incident(runbook: Runbook, message: Message) -> Message:
    incident = incident_of(runbook, message.facts)
    if incident is None:
        return message
    facts = {
        **message.facts,
        "title": incident.title,
        "severity": incident.severity.value,
        "opened_at": incident.opened_at.isoformat(),
    }
    if message.channel in incident.links:
        facts["link"] = incident.links[message.channel]
    return replace(message, facts=facts)


def _link(book: Logbook, outcome: Outcome) -> None:
    incident = incident_of(book.runbook, outcome.message.facts)
    if incident is None or outcome.link is None:
        return
    to = outcome.message.channel
    if incident.links.get(to) != outcome.link:
        payload = {"incident": incident.number, "to": to, "at": outcome.link}
        book.append(EventKind.LINKED, payload)
