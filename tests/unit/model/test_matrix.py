"""The matrix, case by case: every trigger, severity and kind of environment."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_rewind.model import (
    NOBODY,
    Action,
    Answer,
    Demand,
    Rule,
    Severity,
    Trigger,
    TriggerFinding,
)
from dbt_rewind.model.matrix import CASES, DEFAULT, Case, answer, cases_of, contradictions
from dbt_rewind.model.urgency import Answered, most_urgent

T = TypeVar("T")

LEAD = Demand(("team-lead",), 1)
AT_ONCE = timedelta(0)

RUNBOOK = {
    Severity.CRITICAL: Answer(Action.ROLL_BACK, AT_ONCE, NOBODY, True),
    Severity.HIGH: Answer(Action.ROLL_BACK, timedelta(hours=1), LEAD, False),
    Severity.MEDIUM: Answer(Action.ASSESS, timedelta(hours=4), LEAD, False),
    Severity.LOW: Answer(Action.MONITOR, None, LEAD, False),
}
"""P02 by hand, beside the code's own table."""


def expected(case: Case) -> Answer:
    if not case.production:
        low = case.severity is Severity.LOW
        return Answer(Action.MONITOR if low else Action.FIX_FORWARD)
    if case.trigger is Trigger.REPORT and case.severity is Severity.CRITICAL:
        return Answer(Action.ROLL_BACK, AT_ONCE, Demand(emergency=True), True)
    return RUNBOOK[case.severity]


def test_there_are_all_cases() -> None:
    everything = product(Trigger, Severity, (True, False))
    assert set(CASES) == {Case(*each) for each in everything}
    assert len(CASES) == len(Trigger) * len(Severity) * 2


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_case_has_the_runbooks_answer(case: Case) -> None:
    assert answer((), case) == expected(case)


def test_the_default_matrix_is_total_and_agrees_with_itself() -> None:
    assert frozenset().union(*map(cases_of, DEFAULT)) == set(CASES)
    assert not list(contradictions(DEFAULT))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_rollback_for_warnings_and_outside_production(case: Case) -> None:
    found = answer((), case)
    if not case.production or case.severity is Severity.LOW:
        assert found.action is not Action.ROLL_BACK


def some(values: list[T]) -> st.SearchStrategy[tuple[T, ...] | None]:
    return st.none() | st.lists(st.sampled_from(values), min_size=1, unique=True).map(tuple)


RULES = st.builds(
    Rule,
    st.builds(Answer, st.sampled_from(Action), st.none() | st.just(AT_ONCE)),
    some(list(Trigger)),
    some(list(Severity)),
    st.none() | st.booleans(),
)


def naive_answers(rules: list[Rule], case: Case) -> set[Answer]:
    """The answers of the rules about `case` than which none is more specific, by counting."""
    about = [
        (rule, {each for each in CASES if matches(rule, each)})
        for rule in rules
        if matches(rule, case)
    ]
    return {
        rule.answer
        for rule, cases in about
        if not any(other != cases and other <= cases for _, other in about)
    }


def matches(rule: Rule, case: Case) -> bool:
    wanted = ((rule.triggers, case.trigger), (rule.severities, case.severity))
    if any(names is not None and name not in names for names, name in wanted):
        return False
    return rule.production is None or rule.production == case.production


@given(st.lists(RULES, max_size=4))
def test_any_rules_either_agree_or_are_told_to_contradict(rules: list[Rule]) -> None:
    contradicted = {each.case for each in contradictions(rules)}
    for case in CASES:
        answers = naive_answers(rules, case)
        assert (case in contradicted) == (len(answers) > 1)
        if case not in contradicted:
            assert answer(rules, case) == next(iter(answers), expected(case))


def finding(severity: Severity, trigger: Trigger = Trigger.TESTS) -> TriggerFinding:
    return TriggerFinding(trigger, severity, "x", "x is wrong", "1", "0")


def decided(*cases: tuple[Trigger, Severity]) -> Answer:
    found = [
        Answered(finding(severity, trigger), answer((), Case(trigger, severity, True)))
        for trigger, severity in cases
    ]
    chosen = most_urgent(found)
    assert chosen is not None
    return chosen.answer


def test_of_several_answers_the_most_urgent_decides() -> None:
    low, high = (Trigger.TESTS, Severity.LOW), (Trigger.DATA, Severity.HIGH)
    medium, critical = (Trigger.PERFORMANCE, Severity.MEDIUM), (Trigger.HEALTH, Severity.CRITICAL)
    said = (Trigger.REPORT, Severity.CRITICAL)
    assert decided(low, medium).action is Action.ASSESS
    assert decided(low, medium, high).within == timedelta(hours=1)
    assert decided(high, critical) == RUNBOOK[Severity.CRITICAL]
    assert decided(high, said).demand.emergency
    # What a machine has found needs nobody who breaks the glass.
    assert decided(said, critical).demand == NOBODY


def test_of_nothing_nothing_follows() -> None:
    assert most_urgent(()) is None
