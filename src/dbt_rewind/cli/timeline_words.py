"""An incident's timeline: each event in a few words, and as JSON facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from dbt_rewind.cli.words import count, on_one_line
from dbt_rewind.model import Event, EventKind, chain_owner

if TYPE_CHECKING:
    from dbt_rewind.engine.runbook.state import Runbook

Payload = Mapping[str, Any]

UNSAID: Final = frozenset({EventKind.QUEUED, EventKind.SENDING})
"""What leads to no line: it is told by what came of it."""


def event_words(runbook: Runbook, event: Event) -> str:
    """The event on one line of any length."""
    if event.kind in _OF_MESSAGES:
        return on_one_line(_message_words(runbook, event))
    words = _WORDS[event.kind](event.payload)
    because = next((event.payload[key] for key in _BECAUSE if event.payload.get(key)), "")
    return on_one_line(f"{words}: {because}" if because else words)


def timeline_facts(runbook: Runbook, events: Sequence[Event]) -> list[dict[str, Any]]:
    return [
        {
            "chain": "environment" if event.environment == runbook.environment else "runbook",
            "sequence": event.sequence,
            "at": event.at,
            "kind": event.kind,
            "words": event_words(runbook, event),
            "payload": event.payload,
            "hash": event.hash,
        }
        for event in events
        if chain_owner(event.environment) == runbook.environment
    ]


_BECAUSE: Final = ("reason", "note", "text", "message")
"""Where a payload says why, in somebody's own words."""

_OF_MESSAGES: Final = frozenset({*UNSAID, EventKind.SENT, EventKind.UNDELIVERED})


def _message_words(runbook: Runbook, event: Event) -> str:
    message = runbook.messages[event.payload["number"]]
    words = f"{message.id} ({message.topic}) "
    if event.kind is not EventKind.UNDELIVERED:
        how = {EventKind.QUEUED: "is written for", EventKind.SENDING: "is on its way to"}
        return words + f"{how.get(event.kind, 'was sent to')} {message.channel}"
    again = "tried again" if event.payload["due_at"] else "given up"
    return words + f"was not taken by {message.channel}, {again}: {event.payload['problem']}"


def _published(payload: Payload) -> str:
    live, before = f"r{payload['release']}", payload.get("previous")
    way = f"{live} goes live" if before is None else f"r{before} -> {live}"
    return f"{payload['operation']}{_by(payload)}, {way}"


def _failed(payload: Payload) -> str:
    nodes = [str(each).split(".")[-1] for each in payload["failed"]]
    return f"r{payload['release']} has failed: {', '.join(nodes)}"


def _restored(payload: Payload) -> str:
    source = payload["backup"] or "a backup, by hand"
    live = f"r{payload['release']} is live" if payload["release"] else "nothing is live"
    lost = ", ".join(f"r{each}" for each in payload["releases"]) or "no release"
    return f"the database was restored from {source}{_by(payload)}: {live}, {lost} lost"


def _releases(words: str) -> Callable[[Payload], str]:
    def said(payload: Payload) -> str:
        return f"{', '.join(f'r{each}' for each in payload['releases'])} {words}{_by(payload)}"

    return said


def _release(words: str) -> Callable[[Payload], str]:
    return lambda payload: f"r{payload['release']} {words}{_by(payload)}"


def _assessed(payload: Payload) -> str:
    answer = payload["answer"]["action"]
    findings = count(len(payload["findings"]), "finding")
    return f"D{payload['decision']}{_by(payload)}, {payload['severity']}, {findings}: {answer}"


def _request(words: str) -> Callable[[Payload], str]:
    return lambda payload: f"A{payload['request']} {words} {payload['proof']['person']}"


def _opened(payload: Payload) -> str:
    who = f"I{payload['incident']} opened{_by(payload)}"
    return f"{who}, {payload['severity']}: {payload['title']}"


def _code_changed(payload: Payload) -> str:
    words = f"pushed to {payload['to']} at {payload['remote']}"
    if payload["way"] == "proposed":
        words = f"proposed for {payload['branch']}, as {payload['to']}"
    elif payload["way"] == "kept":
        words = "kept in a clone"
    return f"{payload['strategy']} of the code{_by(payload)}: {payload['commit'][:7]} {words}"


def _by(payload: Payload) -> str:
    return f" by {payload['by']}" if payload.get("by") else ""


_WORDS: Final[Mapping[EventKind, Callable[[Payload], str]]] = {
    EventKind.STARTED: _release("is begun"),
    EventKind.BUILT: _release("is built"),
    EventKind.FAILED: _failed,
    EventKind.STOPPED: _release("was stopped by a gate"),
    EventKind.PUBLISHED: _published,
    EventKind.ABORTED: _release("was stopped and undone"),
    EventKind.PINNED: _release("is pinned"),
    EventKind.UNPINNED: _release("is not pinned any more"),
    EventKind.PRUNING: _releases("are to be dropped"),
    EventKind.PRUNED: _releases("are dropped"),
    EventKind.REPAIRED: lambda payload: f"drifted names were put right{_by(payload)}",
    EventKind.EJECTED: lambda payload: f"plain tables were given back{_by(payload)}",
    EventKind.BLOCKED: _release("waits for others"),
    EventKind.POLICY: lambda payload: f"another policy is in force{_by(payload)}",
    EventKind.UNQUARANTINED: lambda payload: (
        f"commit {payload['commit'][:7]} may be deployed again{_by(payload)}"
    ),
    EventKind.RESTORED: _restored,
    EventKind.ASSESSED: _assessed,
    EventKind.REQUESTED: lambda payload: (
        f"A{payload['request']} asks for {payload['operation']}, by {payload['proof']['person']}"
    ),
    EventKind.APPROVED: _request("approved by"),
    EventKind.REJECTED: _request("rejected by"),
    EventKind.REVIEWED: lambda payload: f"publish {payload['publish']} reviewed{_by(payload)}",
    EventKind.OPENED: _opened,
    EventKind.NOTED: lambda payload: f"note{_by(payload)}",
    EventKind.LINKED: lambda payload: f"in {payload['to']}: {payload['at']}",
    EventKind.ACKNOWLEDGED: lambda payload: f"in hand: {payload['by']}",
    EventKind.ESCALATED: lambda payload: f"level {payload['level']} is called: {payload['name']}",
    EventKind.CLOSED: lambda payload: f"closed{_by(payload)}",
    EventKind.CODE_CHANGED: _code_changed,
    EventKind.CODE_REFUSED: lambda payload: (
        f"{payload['strategy']} of the code{_by(payload)} did not get through"
    ),
}
