"""The decision matrix: one answer for each trigger, severity and kind of environment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Final

from dbt_rewind.model.policy import NOBODY, Action, Answer, Demand, Rule
from dbt_rewind.model.severity import Severity
from dbt_rewind.model.trigger import Trigger


@dataclass(frozen=True, slots=True)
class Case:
    """What the matrix is asked: what found it, how bad that is, and where."""

    trigger: Trigger
    severity: Severity
    production: bool

    def __str__(self) -> str:
        where = "in production" if self.production else "outside production"
        return f"{self.trigger}, {self.severity}, {where}"


CASES: Final = tuple(
    Case(trigger, severity, production)
    for production, severity, trigger in product((True, False), Severity, Trigger)
)
"""Every case there is."""

_LEAD: Final = Demand(("team-lead",), 1)

DEFAULT: Final = (
    Rule(Answer(Action.FIX_FORWARD), production=False),
    Rule(Answer(Action.MONITOR), severities=(Severity.LOW,), production=False),
    Rule(
        Answer(Action.ROLL_BACK, timedelta(0), NOBODY, review=True),
        severities=(Severity.CRITICAL,),
        production=True,
    ),
    # Nobody else has seen what a person reports, so that this person breaks the glass.
    Rule(
        Answer(Action.ROLL_BACK, timedelta(0), Demand(emergency=True), review=True),
        triggers=(Trigger.REPORT,),
        severities=(Severity.CRITICAL,),
        production=True,
    ),
    Rule(
        Answer(Action.ROLL_BACK, timedelta(hours=1), _LEAD),
        severities=(Severity.HIGH,),
        production=True,
    ),
    Rule(
        Answer(Action.ASSESS, timedelta(hours=4), _LEAD),
        severities=(Severity.MEDIUM,),
        production=True,
    ),
    Rule(Answer(Action.MONITOR, None, _LEAD), severities=(Severity.LOW,), production=True),
)
"""The matrix of those who say nothing else: critical, high, medium and low as runbooks have it."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two rules, by their places in the list, that answer `case` differently, and neither is the
    more specific one."""

    case: Case
    first: int
    second: int


def cases_of(rule: Rule) -> frozenset[Case]:
    """The cases that the rule is about."""
    return frozenset(case for case in CASES if _is_about(rule, case))


def contradictions(rules: Sequence[Rule]) -> Iterator[Contradiction]:
    """The first contradiction of each case that has one, in the order of `CASES`."""
    about = [cases_of(rule) for rule in rules]
    for case in CASES:
        places = _most_specific(about, case)
        for place in places[1:]:
            if rules[place].answer != rules[places[0]].answer:
                yield Contradiction(case, places[0], place)
                break


def answer(rules: Sequence[Rule], case: Case) -> Answer:
    """What the rules say to `case`: the most specific one that is about it, and `DEFAULT` where
    none is. One rule is more specific than another if it is about a part of the other's cases.

    The rules have no contradictions.
    """
    for layer in (rules, DEFAULT):
        places = _most_specific([cases_of(rule) for rule in layer], case)
        if places:
            return layer[places[0]].answer
    raise AssertionError(f"the default matrix has no answer to {case}")


def _most_specific(about: Sequence[frozenset[Case]], case: Case) -> list[int]:
    """The places of the rules about `case` of which no other is about a part only."""
    found = [place for place, cases in enumerate(about) if case in cases]
    return [place for place in found if not any(about[other] < about[place] for other in found)]


def _is_about(rule: Rule, case: Case) -> bool:
    return (
        (rule.triggers is None or case.trigger in rule.triggers)
        and (rule.severities is None or case.severity in rule.severities)
        and (rule.production is None or case.production is rule.production)
    )
