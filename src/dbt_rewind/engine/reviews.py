"""What somebody has to look at afterwards, derived from what was done and what was reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dbt_rewind.engine.history import GOES_LIVE, History
from dbt_rewind.engine.runbook.codec import decode_permit
from dbt_rewind.engine.runbook.state import Runbook
from dbt_rewind.model import Event, Permit, release_id


@dataclass(frozen=True, slots=True)
class Review:
    """An event that waits for somebody to look at it: its sequence in the environment's chain."""

    sequence: int
    at: datetime
    operation: str
    by: str
    reason: str
    permit: Permit
    release: int | None = None
    previous: int | None = None

    @property
    def id(self) -> str:
        return f"R{self.sequence}"

    @property
    def words(self) -> str:
        """What was done: `rollback r3 -> r2`."""
        if self.release is None:
            return self.operation
        before = release_id(self.previous) if self.previous is not None else "nothing"
        return f"{self.operation} {before} -> {release_id(self.release)}"


def open_reviews(history: History, runbook: Runbook) -> tuple[Review, ...]:
    """Those that nobody has closed, the oldest first."""
    return tuple(
        _review(event, permit)
        for event in history.events
        if (permit := _permit(event.payload)) is not None
        and permit.review
        and event.sequence not in runbook.reviewed
    )


def _permit(payload: Mapping[str, Any]) -> Permit | None:
    record = payload.get("permit")
    return decode_permit(record) if record else None


def _review(event: Event, permit: Permit) -> Review:
    payload = event.payload
    published = event.kind in GOES_LIVE
    return Review(
        event.sequence,
        event.at,
        payload["operation"] if published else event.kind.value,
        payload["by"],
        payload["reason"],
        permit,
        payload["release"] if published else None,
        payload["previous"] if published else None,
    )
