"""Messages in the runbook's chain: `queued` when they are written, `sending` while one process has
them in hand, then `sent` or `undelivered`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from dbt_rewind.model import Event, EventKind, Message, Severity, Topic


def queued_payload(message: Message) -> Mapping[str, Any]:
    """The message as its event holds it; it is due at the event's own time."""
    return {
        "number": message.number,
        "channel": message.channel,
        "topic": message.topic.value,
        "subject": message.subject,
        "body": message.body,
        "severity": message.severity.value if message.severity else None,
        "facts": dict(message.facts),
    }


def sending_payload(message: Message, until: datetime) -> dict[str, Any]:
    """One process is about to send it; when it has told nothing by `until`, it was killed."""
    return {"number": message.number, "until": until.isoformat()}


def undelivered_payload(message: Message, problem: str, again: datetime | None) -> dict[str, Any]:
    """An attempt that failed: the next is `again`, or there is none."""
    return {
        "number": message.number,
        "problem": problem,
        "due_at": again.isoformat() if again else None,
    }


def take_message(messages: dict[int, Message], event: Event) -> None:
    """Adds the event to the messages by number."""
    payload = event.payload
    number = payload["number"]
    match event.kind:
        case EventKind.QUEUED:
            messages[number] = _queued(event)
        case EventKind.SENDING:
            until = datetime.fromisoformat(payload["until"])
            messages[number] = replace(messages[number], claimed_until=until)
        case EventKind.SENT:
            messages[number] = replace(
                messages[number], sent_at=event.at, due_at=None, claimed_until=None
            )
        case EventKind.UNDELIVERED:
            again = payload["due_at"]
            messages[number] = replace(
                messages[number],
                attempts=messages[number].attempts + 1,
                problem=payload["problem"],
                due_at=datetime.fromisoformat(again) if again else None,
                claimed_until=None,
            )
        case _:
            raise AssertionError(f"{event.kind} is no event of a message")


def _queued(event: Event) -> Message:
    payload = event.payload
    return Message(
        payload["number"],
        event.at,
        payload["channel"],
        Topic(payload["topic"]),
        payload["subject"],
        payload["body"],
        Severity(payload["severity"]) if payload["severity"] else None,
        payload["facts"],
        due_at=event.at,
    )
