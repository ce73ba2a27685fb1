"""An event as a row of the ledger's table, the same in every engine that has tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dbt_rewind.errors import ChainBroken
from dbt_rewind.model import Event, EventKind, event_time


def values_of(event: Event) -> list[Any]:
    """Environment, sequence, at, kind, version, payload, previous hash, hash."""
    return [
        event.environment,
        event.sequence,
        event.at.isoformat(),
        event.kind.value,
        event.version,
        json.dumps(event.payload, allow_nan=False),
        event.previous_hash,
        event.hash,
    ]


def event_of(row: Sequence[Any]) -> Event:
    """The event of a row with values in the same order. Raises ChainBroken."""
    environment, sequence, at, kind, version, payload, previous_hash, own_hash = row
    try:
        return Event(
            environment=environment,
            sequence=sequence,
            at=event_time(at),
            kind=EventKind(kind),
            version=version,
            payload=json.loads(payload),
            previous_hash=previous_hash,
            hash=own_hash,
        )
    except (ValueError, RecursionError) as error:
        raise ChainBroken(environment, sequence, "cannot be read") from error
