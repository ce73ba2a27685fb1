"""The chain of an environment's events, link by link."""

from __future__ import annotations

from collections.abc import Sequence

from dbt_rewind.errors import ChainBroken
from dbt_rewind.model import GENESIS, Event, event_hash


def check_chain(environment: str, events: Sequence[Event]) -> None:
    """Raises ChainBroken at the first event that is missing, altered or out of place."""
    previous_hash = GENESIS
    for position, event in enumerate(events, start=1):
        if event.sequence != position:
            raise ChainBroken(
                environment, position, f"is missing; {event.sequence} is in its place"
            )
        if event.environment != environment:
            raise ChainBroken(environment, position, f"is one of {event.environment}")
        if event.previous_hash != previous_hash:
            raise ChainBroken(environment, position, "does not follow the one before it")
        if _recomputed(event) != event.hash:
            raise ChainBroken(environment, position, "is not as it was written")
        previous_hash = event.hash


def _recomputed(event: Event) -> str | None:
    """The hash that the event should have; None where it holds what no event can."""
    try:
        return event_hash(
            event.environment,
            event.sequence,
            event.at,
            event.kind,
            event.version,
            event.payload,
            event.previous_hash,
        )
    except (ValueError, TypeError, RecursionError):  # such as a number that JSON does not have
        return None
