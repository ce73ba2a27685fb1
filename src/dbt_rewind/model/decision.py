"""Decisions: what the matrix says to what was found, with the way to do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dbt_rewind.model.policy import Answer
from dbt_rewind.model.severity import Severity
from dbt_rewind.model.trigger import TriggerFinding


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer of the matrix, as it was recorded. `release` is the number of the live release
    that it is about, `deadline` the time by which it is to be done, `target` the number of the
    release to go back to, None where it does not ask for that."""

    number: int
    at: datetime
    by: str
    release: int
    severity: Severity
    answer: Answer
    findings: tuple[TriggerFinding, ...]
    deadline: datetime | None = None
    target: int | None = None

    @property
    def id(self) -> str:
        return f"D{self.number}"
