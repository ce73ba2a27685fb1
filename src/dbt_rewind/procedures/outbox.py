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
from dbt_rewind.procedures.channels import Receiver
from dbt_rewind.procedures.messages import Announcement
from dbt_rewind.warehouse.protocol import Warehouse

AT_ONCE: Final = 20
"""How many messages one process takes in hand at a time."""

FIRST_PAUSE: Final = timedelta(minutes=1)
"""The time before the second attempt; it doubles with each that follows."""

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
    for receiver in receivers:
        if receiver.wants(announcement) and not _is_queued(book.runbook, announcement, receiver):
            message = Message(
                max(book.runbook.messages, default=0) + 1,
                clock.now(),
                receiver.name,
                announcement.topic,
                announcement.subject,
                announcement.body,
                announcement.severity,
                {"about": announcement.about, **announcement.facts},
            )
            book.append(EventKind.QUEUED, queued_payload(message))


def due(runbook: Runbook, names: Collection[str], now: datetime) -> tuple[Message, ...]:
    """The messages to these channels that nobody has in hand and whose time has come, in order."""
    found = sorted(runbook.messages.values(), key=lambda message: message.number)
    return tuple(each for each in found if each.channel in names and each.is_due(now))


def claim(
    book: Logbook, channels: Mapping[str, Channel], sending: timedelta
) -> tuple[Message, ...]:
    """Takes due messages in hand, so that no other process sends them before it is known what came
    of it. Those about incidents know where the channel has put them. Raises as `append` does."""
    now = clock.now()
    until = now + sending + TO_RECORD
    busy = {_order(each) for each in book.runbook.messages.values() if _in_hand(each, now)}
    mine = [
        message
        for message in due(book.runbook, channels, now)
        if not (channels[message.channel].keeps_order and _order(message) in busy)
    ][:AT_ONCE]
    for message in mine:
        book.append(EventKind.SENDING, sending_payload(message, until))
    return tuple(_with_link(book.runbook, book.runbook.messages[each.number]) for each in mine)


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
    return clock.now() + max(pause, outcome.after or pause)


def _is_queued(runbook: Runbook, announcement: Announcement, receiver: Receiver) -> bool:
    return any(
        message.channel == receiver.name
        and message.topic is announcement.topic
        and message.facts.get("about") == announcement.about
        for message in runbook.messages.values()
    )


def _in_hand(message: Message, now: datetime) -> bool:
    return message.claimed_until is not None and message.claimed_until > now


def _order(message: Message) -> tuple[str, str | None]:
    return message.channel, message.facts.get("incident")


def _incident(runbook: Runbook, message: Message) -> Incident | None:
    name = message.facts.get("incident")
    return runbook.incidents.get(int(name[1:])) if name else None


def _with_link(runbook: Runbook, message: Message) -> Message:
    incident = _incident(runbook, message)
    link = incident.links.get(message.channel) if incident else None
    return replace(message, facts={**message.facts, "link": link}) if link else message


def _link(book: Logbook, outcome: Outcome) -> None:
    incident = _incident(book.runbook, outcome.message)
    if incident is None or outcome.link is None:
        return
    to = outcome.message.channel
    if incident.links.get(to) != outcome.link:
        payload = {"incident": incident.number, "to": to, "at": outcome.link}
        book.append(EventKind.LINKED, payload)
