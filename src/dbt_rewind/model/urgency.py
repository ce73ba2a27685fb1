"""Which of several answers is to be followed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from dbt_rewind.model.policy import Action, Answer
from dbt_rewind.model.trigger import TriggerFinding

_BY_URGENCY: Final = (Action.ROLL_BACK, Action.ASSESS, Action.FIX_FORWARD, Action.MONITOR)


@dataclass(frozen=True, slots=True)
class Answered:
    """A finding and what the matrix says to it."""

    finding: TriggerFinding
    answer: Answer


def most_urgent(answered: Iterable[Answered]) -> Answered | None:
    """The one that decides, None of none: to roll back comes before to assess, this before to fix
    forward, and last comes to monitor; then the nearer deadline, then what needs the fewest."""
    return min(answered, key=_order, default=None)


def _order(each: Answered) -> tuple[int, timedelta, int, bool, int]:
    answer, demand = each.answer, each.answer.demand
    return (
        _BY_URGENCY.index(answer.action),
        timedelta.max if answer.within is None else answer.within,
        demand.quorum,
        demand.emergency,
        each.finding.severity.rank,
    )
