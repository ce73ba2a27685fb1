"""Who is called when nobody answers, level by level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from dbt_rewind.model.severity import Severity


@dataclass(frozen=True, slots=True)
class Level:
    """One level: `number` counts from 1, `after` from when the incident was bad enough. `channels`
    are those that its message goes to, None: all that want it."""

    number: int
    name: str
    after: timedelta
    contact: str = ""
    channels: tuple[str, ...] | None = None

    @property
    def words(self) -> str:
        """`level 2, DevOps lead (+44 20 7946 0958)`."""
        contact = f" ({self.contact})" if self.contact else ""
        return f"level {self.number}, {self.name}{contact}"


@dataclass(frozen=True, slots=True)
class Ladder:
    """The levels in order. Incidents milder than `severity` call nobody."""

    severity: Severity
    levels: tuple[Level, ...]
