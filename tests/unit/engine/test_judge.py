"""Whether something may go live: every case that there is, against the page that people read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from tests.unit.engine import people as company
from tests.unit.engine.people import (
    CTO,
    EXPIRES,
    LEAD,
    NOW,
    THEN,
    answered,
    asked,
    asking,
    decided,
    policy_of,
    rollback_to,
    runbook_of,
    said,
    signed,
    three_live,
)
from tests.unit.engine.releases import Chain

from dbt_rewind.engine import identity
from dbt_rewind.engine.approvers import emergency_statement
from dbt_rewind.engine.demands import policy_demand, wanted_of
from dbt_rewind.engine.intent import Intent
from dbt_rewind.engine.judge import Missing, judge
from dbt_rewind.model import (
    NOBODY,
    Action,
    Answer,
    Decision,
    Demand,
    Ground,
    Permit,
    Policy,
    Rule,
    Severity,
    Trigger,
)
from dbt_rewind.model.policy import together

MATRIX = Path(__file__).parents[3] / "docs" / "reference" / "matrix.md"
HISTORY = three_live()


@pytest.fixture(autouse=True)
def _asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "is_signed", company.is_signed)


@dataclass(frozen=True)
class Row:
    """A line of the page's table about production."""

    action: str
    approval: str
    review: bool


def as_documented() -> dict[str, Row]:
    """The lines about production, by `high`, or `critical, by a person's report alone`."""
    rows = {}
    for line in MATRIX.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "production":
            rows[cells[1]] = Row(cells[2], cells[4], cells[5] == "yes")
    return rows


PAGE = as_documented()

POLICED = ("policy", "eject", "release-quarantine")
FORWARD = ("deploy", "refresh")
INTENTS = {
    "rollback to the release before": rollback_to(2),
    "rollback to another": rollback_to(1),
    "rollback forward": replace(rollback_to(4), target=4),
    "deploy": Intent("deploy", "prod", "c0ffee", "f00", ("deploy",)),
    "deploy of an earlier commit": Intent(
        "deploy", "prod", "c0ffee", "f00", ("deploy",), backward=True
    ),
    "deploy of an equal release": Intent(
        "deploy", "prod", "c0ffee", "f00", ("deploy",), 2, backward=True
    ),
    "deploy of another equal release": Intent(
        "deploy", "prod", "c0ffee", "f00", ("deploy",), 1, backward=True
    ),
    "refresh": Intent("refresh", "prod", "c0ffee", "f00", ("refresh",)),
    **{name: Intent(name, "prod", "x", "f00", (name,)) for name in POLICED},
}


def row_of(found: tuple[Severity, Trigger] | None) -> Row:
    if found is None:
        return PAGE["high"]  # what a person's report of high severity needs
    severity, trigger = found
    reported = severity is Severity.CRITICAL and trigger is Trigger.REPORT
    return PAGE[f"{severity}, by a person's report alone" if reported else severity.value]


def demanded(intent: Intent, found: tuple[Severity, Trigger] | None) -> str:
    """By the page: `nobody`, `1 of team-lead`, or that `or emergency`."""
    if intent.operation in POLICED:
        return "1 of team-lead"
    if not intent.backward:
        return "nobody"
    row = row_of(found)
    if row.approval == "emergency":
        return f"{PAGE['high'].approval} or emergency"
    if row.approval == "nobody" and not (row.action == "roll back" and intent.target == 2):
        return PAGE["high"].approval
    return row.approval


def judged(
    policy: Policy,
    intent: Intent,
    found: tuple[Severity, Trigger] | None,
    **how: bool,
) -> Permit | Missing:
    decisions = (decided(*found),) if found else ()
    book = runbook_of(decisions=decisions)
    return judge(policy, HISTORY, book, intent, asking(policy, **how), NOW)


FOUND: tuple[tuple[Severity, Trigger] | None, ...] = (None, *product(Severity, Trigger))
CASES = [pytest.param(intent, id=name) for name, intent in INTENTS.items()]


def test_the_page_has_every_severity() -> None:
    assert set(PAGE) == {*Severity, "critical, by a person's report alone"}


@pytest.mark.parametrize("intent", CASES)
def test_where_people_are_asked(intent: Intent) -> None:
    for found in FOUND:
        needs, result = demanded(intent, found), judged(policy_of(), intent, found)
        if needs == "nobody":
            assert isinstance(result, Permit)
            assert result.ground is (Ground.IMMEDIATE if intent.backward else Ground.FREE)
            assert result.review == (intent.backward and row_of(found).review)
            assert (result.plan, result.request, result.approvers) == ("f00", None, ())
        else:
            assert isinstance(result, Missing)
            assert str(result.demand) == needs.removesuffix(" or emergency")
            assert result.demand.emergency == needs.endswith("emergency")


@pytest.mark.parametrize("intent", CASES)
def test_with_the_yes_that_it_needs(intent: Intent) -> None:
    """And with nobody else's: neither one's own, nor that of somebody who has another role."""
    for found in FOUND:
        policy = policy_of()
        decisions = (decided(*found),) if found else ()
        needs = demanded(intent, found)
        for names, enough in ((("ada",), False), (("hal",), False), (("grace",), True)):
            request = answered(policy, asked(policy, intent), *names)
            book = runbook_of(request, decisions=decisions)
            result = judge(policy, HISTORY, book, intent, asking(policy), NOW)
            if needs == "nobody":
                assert isinstance(result, Permit)
                assert result.ground is not Ground.APPROVED
            elif enough:
                assert isinstance(result, Permit)
                assert (result.ground, result.request, result.approvers) == (
                    Ground.APPROVED,
                    1,
                    ("grace",),
                )
            else:
                assert isinstance(result, Missing)
                assert (result.request, result.yes) == (request, ())


@pytest.mark.parametrize("intent", CASES)
def test_where_nobody_is_named(intent: Intent) -> None:
    for found in FOUND:
        for policy in (
            Policy(production=True),
            Policy(production=False, people=policy_of().people),
        ):
            result = judged(policy, intent, found)
            assert isinstance(result, Permit)
            assert result.ground is Ground.FREE


@pytest.mark.parametrize("enforced", [True, False])
@pytest.mark.parametrize("intent", CASES)
def test_with_the_glass_broken(intent: Intent, enforced: bool) -> None:
    """By the page a person may say that it is critical. That is about data, and about no rule."""
    for found in FOUND:
        policy = policy_of() if enforced else Policy(production=True)
        result = judged(policy, intent, found, emergency=True)
        if intent.operation not in POLICED:
            assert isinstance(result, Permit)
            assert (result.ground, result.review) == (Ground.EMERGENCY, True)
            assert result.severity is Severity.CRITICAL
        elif enforced:
            assert isinstance(result, Missing)
        else:
            assert isinstance(result, Permit)
            assert result.ground is Ground.FREE


@pytest.mark.parametrize("enforced", [True, False])
@pytest.mark.parametrize("intent", CASES)
def test_by_automation(intent: Intent, enforced: bool) -> None:
    """It returns to the last healthy release before, where the page says at once and of nobody."""
    for found in FOUND:
        policy = policy_of() if enforced else Policy(production=True)
        result = judged(policy, intent, found, automatic=True)
        row = row_of(found) if found else None
        may = row is not None and (row.action, row.approval) == ("roll back", "nobody")
        if may and intent.backward and intent.target == 2:
            assert isinstance(result, Permit)
            assert (result.ground, result.review) == (Ground.AUTOMATIC, True)
        else:
            assert isinstance(result, Missing)


def test_outside_production_automation_does_nothing() -> None:
    policy = Policy(production=False, people=policy_of().people)
    found = (Severity.CRITICAL, Trigger.TESTS)
    assert isinstance(judged(policy, rollback_to(2), found, automatic=True), Missing)
    everywhere = Rule(Answer(Action.ROLL_BACK, timedelta(0)))
    policy = replace(policy, matrix=(everywhere,))
    assert isinstance(judged(policy, rollback_to(2), found, automatic=True), Missing)


def rule(
    action: Action,
    demand: Demand,
    *severities: Severity,
    triggers: tuple[Trigger, ...] | None = None,
) -> Rule:
    return Rule(Answer(action, timedelta(0), demand), triggers, severities or None, production=True)


def test_automation_goes_nowhere_else_even_where_nobody_is_ever_asked() -> None:
    policy = policy_of(matrix=(rule(Action.MONITOR, NOBODY),))
    for intent in INTENTS.values():
        for severity in Severity:
            found = (severity, Trigger.TESTS)
            assert isinstance(judged(policy, intent, found, automatic=True), Missing)


def test_the_glass_stays_whole_where_the_matrix_asks_for_a_report_too() -> None:
    reported = rule(Action.ROLL_BACK, CTO, Severity.CRITICAL, triggers=(Trigger.REPORT,))
    policy = policy_of(matrix=(reported,))
    for intent in INTENTS.values():
        result = judged(policy, intent, (Severity.HIGH, Trigger.TESTS), emergency=True)
        assert isinstance(result, Permit) == (intent.operation in FORWARD and not intent.backward)
        assert not isinstance(result, Permit) or result.ground is Ground.FREE


def test_what_takes_an_emergency_is_nobodys_to_approve() -> None:
    """Where a report of high severity is free, a critical one still needs the glass broken."""
    policy = policy_of(matrix=(rule(Action.ROLL_BACK, NOBODY, Severity.HIGH),))
    intent = rollback_to(2)
    request = answered(policy, asked(policy, intent, demand=Demand(emergency=True)), "grace")
    book = runbook_of(request, decisions=(decided(Severity.CRITICAL, Trigger.REPORT),))
    found = judge(policy, HISTORY, book, intent, asking(policy), NOW)
    assert isinstance(found, Missing)
    assert found.demand == Demand(emergency=True)


def test_two_people_where_two_are_needed() -> None:
    two = Demand(("team-lead", "cto"), 2)
    policy = policy_of(matrix=(rule(Action.ROLL_BACK, two, Severity.HIGH),))
    intent = rollback_to(2)
    for names, enough in (
        (("grace",), False),
        (("grace", "grace"), False),
        (("grace", "ada"), False),
        (("grace", "joan"), True),
        (("hal", "joan"), True),
    ):
        request = answered(policy, asked(policy, intent, demand=two), *names)
        found = judge(policy, HISTORY, runbook_of(request), intent, asking(policy), NOW)
        assert isinstance(found, Permit) is enough, names


def test_a_deploy_that_goes_back_needs_what_a_deploy_needs_as_well() -> None:
    policy = policy_of(deploy=CTO)
    intent = INTENTS["deploy of an earlier commit"]
    wanted = wanted_of(policy, HISTORY, runbook_of(), intent, NOW)
    assert str(wanted.demand) == "1 of team-lead, and 1 of cto"
    for names, enough in ((("grace",), False), (("hal",), False), (("hal", "grace"), True)):
        request = answered(policy, asked(policy, intent, demand=wanted.demand), *names)
        found = judge(policy, HISTORY, runbook_of(request), intent, asking(policy), NOW)
        assert isinstance(found, Permit) is enough, names
    # Nobody is asked for what a rollback needs, but for what a deploy does.
    equal = INTENTS["deploy of an equal release"]
    critical = runbook_of(decisions=(decided(Severity.CRITICAL),))
    assert wanted_of(policy, HISTORY, critical, equal, NOW).demand == CTO


def test_a_deploy_forward_needs_what_the_settings_say() -> None:
    policy = policy_of(deploy=CTO)
    result = judged(policy, INTENTS["deploy"], (Severity.CRITICAL, Trigger.TESTS))
    assert isinstance(result, Missing)
    assert result.demand == CTO


# Of the decision.


def test_the_newest_decision_counts() -> None:
    critical, high = decided(Severity.CRITICAL), decided(Severity.HIGH, number=2)
    book = runbook_of(decisions=(critical, high))
    assert isinstance(
        judge(policy_of(), HISTORY, book, rollback_to(2), asking(policy_of()), NOW), Missing
    )


@pytest.mark.parametrize(
    "stale",
    [
        decided(Severity.CRITICAL, release=2),
        decided(Severity.CRITICAL, at=HISTORY.events[-1].at - timedelta(seconds=1)),
    ],
    ids=["about another release", "from before it went live again"],
)
def test_a_decision_that_is_over_lets_nobody_through(stale: Decision) -> None:
    book = runbook_of(decisions=(stale,))
    result = judge(policy_of(), HISTORY, book, rollback_to(2), asking(policy_of()), NOW)
    assert isinstance(result, Missing)
    assert (result.decision, result.demand) == (None, LEAD)


def test_a_decision_holds_for_as_long_as_an_answer() -> None:
    book = runbook_of(decisions=(decided(Severity.CRITICAL),))
    for late, free in ((EXPIRES - timedelta(microseconds=1), True), (EXPIRES, False)):
        found = judge(policy_of(), HISTORY, book, rollback_to(2), asking(policy_of()), THEN + late)
        assert isinstance(found, Permit) is free


def test_the_policy_of_today_answers_what_was_decided_yesterday() -> None:
    """People have changed the matrix since; what was decided has the old answer in it."""
    strict = policy_of(matrix=(rule(Action.ROLL_BACK, CTO, Severity.CRITICAL),))
    book = runbook_of(decisions=(decided(Severity.CRITICAL),))
    result = judge(strict, HISTORY, book, rollback_to(2), asking(strict), NOW)
    assert isinstance(result, Missing)
    assert result.demand == CTO


def test_a_healthy_release_before_is_one_that_was_not_rolled_back() -> None:
    """r2 was rolled back before r3 went live: the way back, without a yes, leads to r1."""
    history = Chain().deployed(1, 2).rolled_back(1).deployed(3).history
    policy, book = policy_of(), runbook_of(decisions=(decided(Severity.CRITICAL),))
    for number, free in ((1, True), (2, False)):
        found = judge(policy, history, book, rollback_to(number), asking(policy), NOW)
        assert isinstance(found, Permit) is free


# Of changes of the policy.


def test_a_change_of_the_policy_needs_all_whom_the_policy_ever_asks() -> None:
    two = Demand(("cto", "team-lead"), 2)
    for matrix, deploy, needed in (
        ((), NOBODY, "1 of team-lead"),
        ((), CTO, "1 of team-lead, and 1 of cto"),
        (
            (rule(Action.ROLL_BACK, two, Severity.HIGH),),
            NOBODY,
            "2 of cto or team-lead, and 1 of team-lead",
        ),
        ((rule(Action.MONITOR, two),), CTO, "2 of cto or team-lead, and 1 of cto"),
        ((rule(Action.MONITOR, NOBODY),), NOBODY, "0 of "),
    ):
        demand = policy_demand(policy_of(matrix=matrix, deploy=deploy))
        assert str(demand) == needed
        assert not demand.emergency


def test_a_team_lead_alone_takes_nothing_from_the_cto() -> None:
    policy, intent = policy_of(deploy=CTO), INTENTS["policy"]
    demand = policy_demand(policy)
    for names, enough in (
        (("grace",), False),
        (("grace", "joan"), False),
        (("grace", "hal"), True),
    ):
        request = answered(policy, asked(policy, intent, demand=demand), *names)
        found = judge(policy, HISTORY, runbook_of(request), intent, asking(policy), NOW)
        assert isinstance(found, Permit) is enough


def test_what_meets_a_stricter_demand_meets_the_other() -> None:
    wide, two = Demand(("cto", "team-lead"), 1), Demand(("team-lead",), 2)
    assert together(wide, LEAD, two) == two
    assert together(Demand(("a", "b"), 1), Demand(("b", "a"), 1)) == Demand(("b", "a"), 1)
    assert together(NOBODY, Demand(emergency=True)) == Demand(emergency=True)
    assert together() == NOBODY


def broken_by(
    policy: Policy, intent: Intent, name: str | None, plan: str = "f00"
) -> Permit | Missing:
    statement = emergency_statement("prod", intent.operation, plan)
    proof = signed(policy, statement, name) if name else None
    how = asking(policy, emergency=True, proof=proof)
    return judge(policy, HISTORY, runbook_of(), intent, how, NOW)


def test_only_one_of_its_people_breaks_the_glass_over_the_policy() -> None:
    policy, intent = policy_of(), INTENTS["policy"]
    permit = broken_by(policy, intent, "ada")
    assert isinstance(permit, Permit)
    assert (permit.ground, permit.review) == (Ground.EMERGENCY, True)
    assert isinstance(broken_by(policy, intent, None), Missing)
    assert isinstance(broken_by(policy, intent, "ada", plan="another"), Missing)
    assert isinstance(broken_by(policy_of("grace", "joan"), intent, None), Missing)
    for name in ("eject", "release-quarantine"):
        assert isinstance(broken_by(policy, INTENTS[name], "ada"), Missing)


# Of requests that stand beside each other.


def test_a_no_is_told_and_stays_a_no() -> None:
    policy, intent = policy_of(), rollback_to(2)
    request = asked(policy, intent)
    no = replace(request, verdicts=(said(policy, request, "grace", approves=False),))
    late = answered(policy, no, "joan")
    for each in (no, late):
        found = judge(policy, HISTORY, runbook_of(each), intent, asking(policy), NOW)
        assert isinstance(found, Missing)
        assert found.rejected == no.verdicts[0]
        assert found.request is None


def test_where_others_have_to_say_yes_by_now_it_is_asked_for_anew() -> None:
    policy, intent = policy_of(), rollback_to(2)
    request = asked(policy, intent)
    strict = policy_of(matrix=(rule(Action.ROLL_BACK, CTO, Severity.HIGH),))
    found = judge(strict, HISTORY, runbook_of(request), intent, asking(strict), NOW)
    assert isinstance(found, Missing)
    assert (found.demand, found.request) == (CTO, None)
    again = judge(policy, HISTORY, runbook_of(request), intent, asking(policy), NOW)
    assert isinstance(again, Missing)
    assert again.request == request


def test_the_worst_that_was_decided_has_room_for_a_request_of_before() -> None:
    """Somebody says that it is critical after it was asked for: the same people still answer."""
    policy, intent = policy_of(), rollback_to(2)
    request = answered(policy, asked(policy, intent), "grace")
    book = runbook_of(request, decisions=(decided(Severity.CRITICAL, Trigger.REPORT, at=THEN),))
    found = judge(policy, HISTORY, book, intent, asking(policy), NOW)
    assert isinstance(found, Permit)
    assert found.ground is Ground.APPROVED


def every(policy: Policy) -> Iterator[Permit | Missing]:
    for intent in INTENTS.values():
        yield judged(policy, intent, (Severity.MEDIUM, Trigger.DATA))


def test_every_permit_is_for_the_plan_that_was_asked_about() -> None:
    for found in (*every(policy_of()), *every(Policy(production=True))):
        assert not isinstance(found, Permit) or found.plan == "f00"
