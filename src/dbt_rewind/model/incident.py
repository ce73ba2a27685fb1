"""Incidents: what went wrong, who has it in hand, and what was done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dbt_rewind.model.severity import Severity


@dataclass(frozen=True, slots=True)
class Note:
    """A line that somebody added to an incident. `raised_from` is how bad it was until then, where
    the note says that it is worse."""

    at: datetime
    by: str
    text: str
    raised_from: Severity | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """`releases` are the numbers of the releases it is about. `links` lead elsewhere, by the name
    of the integration (`github`: the issue's address). `escalated` says by number of the level
    (1 is the first) when it was called."""

    number: int
    opened_at: datetime
    opened_by: str
    title: str
    severity: Severity
    releases: tuple[int, ...] = ()
    decision: int | None = None
    notes: tuple[Note, ...] = ()
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    escalated: Mapping[int, datetime] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"I{self.number}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def since(self, least: Severity) -> datetime | None:
        """Since when it has been at least that bad; None while it is milder."""
        if self.severity.rank > least.rank:
            return None
        raised = [
            note.at
            for note in self.notes
            if note.raised_from is not None and note.raised_from.rank > least.rank
        ]
        return raised[-1] if raised else self.opened_at
