"""Are the sources of the live release older than the project says that they may be?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dbt_rewind.model import Observation, Severity, Trigger, TriggerFinding
from dbt_rewind.procedures.triggers.signal import unseen
from dbt_rewind.procedures.triggers.subject import Subject
from dbt_rewind.redact import redact

if TYPE_CHECKING:
    from dbt_rewind.dbt.freshness import SourceAge

NAME: Final = "source freshness"

_SEVERITIES: Final = {"error": Severity.HIGH, "warn": Severity.LOW}
_FRESH: Final = "pass"


@dataclass(frozen=True, slots=True)
class Freshness:
    """Has dbt ask each source for which the project says a `freshness` for its newest row, with the
    code of the live release. Without any, dbt is not started."""

    trigger: Trigger = Trigger.FRESHNESS
    question: str = "Are sources too old?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        wanted = subject.manifest.aged_sources
        if not wanted:
            yield Observation(self.trigger, NAME, "no source says how old it may be")
            return
        with (
            subject.access.lent(),
            subject.workspace.open_version(subject.live.commit.sha) as version,
        ):
            ages = {each.unique_id: each for each in version.freshness()}
        seen = [ages[each] for each in wanted if each in ages]
        old = [each for each in seen if each.status in _SEVERITIES]
        fresh = sum(each.status == _FRESH for each in seen)
        yield Observation(
            self.trigger,
            NAME,
            f"{fresh} of {len(wanted)} fresh, {len(old) or 'none'} too old",
            tuple(_finding(each, wanted[each.unique_id], subject.live.number) for each in old),
        )
        for unique_id, name in wanted.items():
            age = ages.get(unique_id)
            if age is None:
                yield unseen(self.trigger, f"freshness of {name}", "dbt has not looked at it")
            elif age.status not in {*_SEVERITIES, _FRESH}:
                yield unseen(self.trigger, f"freshness of {name}", _problem(age))


def _finding(age: SourceAge, name: str, release: int) -> TriggerFinding:
    limit = (age.limits or {}).get(age.status)
    return TriggerFinding(
        Trigger.FRESHNESS,
        _SEVERITIES[age.status],
        subject=age.unique_id,
        what=f"the source {name} is {'older than it may be' if age.newest else 'empty'}",
        measured=_age(age.seconds) if age.seconds is not None else "no row",
        threshold=f"{age.status}s after {limit}" if limit else f"{age.status}_after",
        evidence=(
            f"its newest row is of {age.newest}" if age.newest else "it has no row with a time",
        ),
        release=release,
        remedy="see to what loads it: a rollback makes no source newer",
    )


def _age(seconds: float) -> str:
    """`40 min`, `3.5 h`, `12 days`."""
    age = timedelta(seconds=seconds)
    if age < timedelta(hours=1):
        return f"{age / timedelta(minutes=1):.0f} min"
    if age < timedelta(days=2):
        return f"{age / timedelta(hours=1):.1f} h"
    return f"{age / timedelta(days=1):,.0f} days"


def _problem(age: SourceAge) -> str:
    return redact(" ".join(age.problem.split()))[:300]
