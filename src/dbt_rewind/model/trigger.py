"""Triggers: what can ask for a rollback, and what was found when it was looked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dbt_rewind.model.severity import Severity


class Trigger(StrEnum):
    """Where a finding comes from. `data`: rows are lost, or not what they were expected to be."""

    TESTS = "tests"
    HEALTH = "health"
    DATA = "data"
    INTEGRITY = "integrity"
    PERFORMANCE = "performance"
    SECURITY = "security"
    FRESHNESS = "freshness"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class TriggerFinding:
    """One thing that is not as it should be.

    `subject` names what it is about (a test's unique id, an address, a relation), so that the same
    thing found again is known to be the same. `measured` and `threshold` have their units in them.
    `evidence` are lines that show more. `release` is the number of the release it was found in.
    `remedy` says what helps where a rollback would change nothing.
    """

    trigger: Trigger
    severity: Severity
    subject: str
    what: str
    measured: str
    threshold: str
    evidence: tuple[str, ...] = ()
    release: int | None = None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one look at one thing has shown.

    `name` is what was looked at, `seen` what was seen, in one line, also where all is well.
    `unseen` says why it could not be looked at; then there are no findings, and nothing is known.
    """

    trigger: Trigger
    name: str
    seen: str
    findings: tuple[TriggerFinding, ...] = ()
    unseen: str | None = None
