"""How bad something is, in the words of the decision matrix."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """From the worst on. `low` are warnings: they never ask for a rollback."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the worst; a greater number is less bad."""
        return tuple(Severity).index(self)


def worst(severities: tuple[Severity, ...]) -> Severity | None:
    """The worst of them, None of none."""
    return min(severities, key=lambda each: each.rank, default=None)
