"""How checks become findings."""

from __future__ import annotations

from collections.abc import Iterable

from dbt_rewind.errors import RewindError
from dbt_rewind.model import Finding, Health

_WORST_FIRST = (Health.PROBLEM, Health.WARNING)


def refused(name: str, error: RewindError) -> Finding:
    """The problem that an error tells of."""
    return Finding(name, Health.PROBLEM, error.message, error.hint, error.details)


def not_checked(names: Iterable[str], because: str) -> tuple[Finding, ...]:
    return tuple(Finding(name, Health.NOT_CHECKED, because) for name in names)


def verdict(findings: Iterable[Finding]) -> Health:
    """The worst of them; what could not be checked is no worse than what is well."""
    found = {finding.health for finding in findings}
    return next((health for health in _WORST_FIRST if health in found), Health.OK)
