"""What the runbook's events have led to, derived from them and from nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dbt_rewind.engine.chain import check_chain
from dbt_rewind.engine.runbook.decisions import decision_of
from dbt_rewind.engine.runbook.incidents import take_incident
from dbt_rewind.engine.runbook.outbox import take_message
from dbt_rewind.engine.runbook.requests import take_request
from dbt_rewind.errors import ChainBroken
from dbt_rewind.model import (
    Decision,
    Event,
    EventKind,
    Incident,
    Message,
    Request,
    runbook_chain,
)
from dbt_rewind.warehouse.protocol import LedgerReader


@dataclass(frozen=True, slots=True)
class Runbook:
    """Everything by number. `reviewed` are publishes (by the sequence of their event in the
    environment's chain) that somebody has looked at afterwards. `head` is the last event."""

    environment: str
    events: tuple[Event, ...] = ()
    decisions: Mapping[int, Decision] = field(default_factory=dict)
    requests: Mapping[int, Request] = field(default_factory=dict)
    incidents: Mapping[int, Incident] = field(default_factory=dict)
    messages: Mapping[int, Message] = field(default_factory=dict)
    reviewed: frozenset[int] = frozenset()

    @property
    def head(self) -> Event | None:
        return self.events[-1] if self.events else None


def read_runbook(reader: LedgerReader, environment: str) -> Runbook:
    """The runbook as it stands. Raises ChainBroken, LedgerTooNew."""
    return derive_runbook(environment, reader.events(runbook_chain(environment)))


def derive_runbook(environment: str, events: Sequence[Event]) -> Runbook:
    """The state after `events`. Raises ChainBroken."""
    chain = runbook_chain(environment)
    check_chain(chain, events)
    state = _State()
    for event in events:
        take = _TAKEN_BY.get(event.kind)
        if take is None:
            raise ChainBroken(chain, event.sequence, "does not belong there")
        take(state, event)
    return Runbook(
        environment,
        tuple(events),
        state.decisions,
        state.requests,
        state.incidents,
        state.messages,
        frozenset(state.reviewed),
    )


@dataclass(slots=True)
class _State:
    decisions: dict[int, Decision] = field(default_factory=dict)
    requests: dict[int, Request] = field(default_factory=dict)
    incidents: dict[int, Incident] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    reviewed: set[int] = field(default_factory=set)


def _assess(state: _State, event: Event) -> None:
    decision = decision_of(event)
    state.decisions[decision.number] = decision


def _request(state: _State, event: Event) -> None:
    take_request(state.requests, event)


def _incident(state: _State, event: Event) -> None:
    take_incident(state.incidents, event)


def _message(state: _State, event: Event) -> None:
    take_message(state.messages, event)


def _review(state: _State, event: Event) -> None:
    state.reviewed.add(event.payload["publish"])


def _tell(_state: _State, _event: Event) -> None:
    """What is true of the code the remote says; the event only tells what was done."""


_TAKEN_BY: Final[Mapping[EventKind, Callable[[_State, Event], None]]] = {
    EventKind.ASSESSED: _assess,
    EventKind.REQUESTED: _request,
    EventKind.APPROVED: _request,
    EventKind.REJECTED: _request,
    EventKind.REVIEWED: _review,
    EventKind.OPENED: _incident,
    EventKind.NOTED: _incident,
    EventKind.LINKED: _incident,
    EventKind.ACKNOWLEDGED: _incident,
    EventKind.ESCALATED: _incident,
    EventKind.CLOSED: _incident,
    EventKind.QUEUED: _message,
    EventKind.SENDING: _message,
    EventKind.SENT: _message,
    EventKind.UNDELIVERED: _message,
    EventKind.CODE_CHANGED: _tell,
    EventKind.CODE_REFUSED: _tell,
}


RUNBOOK_KINDS: Final = frozenset(_TAKEN_BY)
"""The kinds of events that stand in a runbook's chain, and in no other."""
