"""What is forged, expired, replayed or self-made counts as if nobody had said it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.unit.engine import people as company
from tests.unit.engine.people import (
    CTO,
    EXPIRES,
    NOW,
    THEN,
    answered,
    asked,
    asking,
    pair_of,
    person,
    policy_of,
    rollback_to,
    runbook_of,
    said,
    signed,
    three_live,
)
from tests.unit.engine.releases import Chain

from dbt_rewind.engine import approvers as approvers_module
from dbt_rewind.engine import identity
from dbt_rewind.engine.approvers import verdict_statement
from dbt_rewind.engine.chain import check_chain
from dbt_rewind.engine.judge import Missing, judge
from dbt_rewind.engine.runbook.codec import encode_permit
from dbt_rewind.engine.runbook.requests import requested_payload, verdict_payload
from dbt_rewind.engine.runbook.state import Runbook, derive_runbook
from dbt_rewind.errors import ChainBroken, ProofToolMissing
from dbt_rewind.model import (
    Action,
    Answer,
    Demand,
    Event,
    EventKind,
    Ground,
    Permit,
    Policy,
    Proof,
    ProofMethod,
    Purpose,
    Request,
    Rule,
    Severity,
    next_event,
    runbook_chain,
    statement_of,
)

INTENT = rollback_to(2)


@pytest.fixture(autouse=True)
def _asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "is_signed", company.is_signed)


def judged(
    *requests: Request, policy: Policy | None = None, now: datetime = NOW
) -> Permit | Missing:
    policy = policy or policy_of()
    return judge(policy, three_live(), runbook_of(*requests), INTENT, asking(policy), now)


def refused(*requests: Request, policy: Policy | None = None, now: datetime = NOW) -> bool:
    return isinstance(judged(*requests, policy=policy, now=now), Missing)


def good() -> Request:
    """Ada has asked, and Grace has said yes."""
    return answered(policy_of(), asked(policy_of(), INTENT), "grace")


def test_what_is_as_it_should_be_goes_through() -> None:
    found = judged(good())
    assert isinstance(found, Permit)
    assert (found.ground, found.request, found.approvers) == (Ground.APPROVED, 1, ("grace",))


# Forged.


def with_proof(proof: Proof) -> Request:
    request = good()
    return replace(request, verdicts=(replace(request.verdicts[0], proof=proof),))


def test_a_name_without_a_signature() -> None:
    assert refused(with_proof(Proof(ProofMethod.NONE, "grace")))


def test_a_signature_that_was_altered() -> None:
    proof = good().verdicts[0].proof
    text = proof.evidence["signature"]
    altered = text[:40] + ("A" if text[40] != "A" else "B") + text[41:]
    assert refused(with_proof(replace(proof, evidence={**proof.evidence, "signature": altered})))


def test_anothers_signature_under_ones_name() -> None:
    ada = said(policy_of(), good(), "ada").proof
    assert refused(with_proof(replace(ada, person="grace")))
    key = good().verdicts[0].proof.evidence["key"]
    assert refused(with_proof(Proof(ProofMethod.KEY, "grace", {**ada.evidence, "key": key})))


def test_a_key_that_the_policy_does_not_know() -> None:
    known = replace(policy_of(), people=(*policy_of().people, person("mallory", "team-lead")))
    assert refused(answered(known, asked(policy_of(), INTENT), "mallory"))


def test_ci_that_nobody_trusts() -> None:
    made_up = {"iss": "https://ci.example", "actor": "grace", "iat": "0", "exp": "9999999999"}
    assert refused(with_proof(Proof(ProofMethod.CI, "grace", made_up)))


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.APPROVE])
def test_a_signature_under_something_else(purpose: Purpose) -> None:
    request = asked(policy_of(), INTENT)
    statement = statement_of(
        purpose,
        "prod",
        operation=request.operation,
        plan=request.plan,
        request=request.id,
        expires_at=request.expires_at,
    )
    assert refused(with_proof(signed(policy_of(), statement, "grace")))


def test_a_no_that_is_called_a_yes() -> None:
    request = asked(policy_of(), INTENT)
    no = said(policy_of(), request, "grace", approves=False)
    assert refused(replace(request, verdicts=(replace(no, approves=True),)))


def test_a_summary_that_says_something_else_than_the_plan() -> None:
    """Who answers sees the lines; what is signed is the digest."""
    request = asked(policy_of(), INTENT)
    for lines in (("nothing much",), ("nothing", "much"), INTENT.summary[:1], ()):
        lying = answered(policy_of(), replace(request, summary=lines), "grace")
        assert refused(lying), lines


def test_a_secret_that_was_masked_in_the_summary_is_no_lie() -> None:
    masked = (INTENT.summary[0], "*****: r3 -> earlier")
    request = replace(asked(policy_of(), INTENT), summary=masked)
    assert not refused(answered(policy_of(), request, "grace"))


# Expired.


def test_a_request_that_has_run_out() -> None:
    last = THEN + EXPIRES - timedelta(microseconds=1)
    assert not refused(good(), now=last)
    found = judged(good(), now=THEN + EXPIRES)
    assert isinstance(found, Missing)
    assert found.request is None, "it is asked for anew"


def test_a_yes_that_came_too_late() -> None:
    late = answered(policy_of(), asked(policy_of(), INTENT), "grace", at=THEN + EXPIRES)
    assert refused(late)


def test_a_request_that_holds_for_longer_than_the_policy_says() -> None:
    asked_for_long = asked(policy_of(), INTENT, expires_at=THEN + timedelta(days=365))
    assert refused(answered(policy_of(), asked_for_long, "grace"))


def test_a_policy_that_shortens_the_time_ends_what_waits() -> None:
    assert refused(good(), policy=policy_of(expires=timedelta(hours=1)))


def test_a_clock_that_is_behind_wakes_nothing_up() -> None:
    """Something is on record from after the request had run out."""
    chain = Chain().deployed(1, 2, 3)
    late = next_event(
        chain.events[-1], "prod", THEN + EXPIRES, EventKind.PINNED, {"release": 1, "reason": ""}
    )
    chain.events.append(late)
    policy = policy_of()
    found = judge(policy, chain.history, runbook_of(good()), INTENT, asking(policy), NOW)
    assert isinstance(found, Missing)
    head = Event("prod.runbook", 1, THEN + EXPIRES, EventKind.NOTED, 1, {}, "", "")
    book = replace(runbook_of(good()), events=(head,))
    found = judge(policy, three_live(), book, INTENT, asking(policy), NOW)
    assert isinstance(found, Missing)


# Replayed.


def test_a_request_that_has_served() -> None:
    permit = judged(good())
    assert isinstance(permit, Permit)
    chain = Chain().deployed(1, 2, 3).rolled_back(2).rolled_back(3)
    # The rollback forward was another one's; that back used the request.
    used = chain.events[-2]
    rest = chain.events[:-2]
    chain.events = list(rest)
    chain.append(EventKind.PUBLISHED, {**used.payload, "permit": encode_permit(permit)})
    chain.rolled_back(3)
    policy = policy_of()
    found = judge(policy, chain.history, runbook_of(good()), INTENT, asking(policy), NOW)
    assert isinstance(found, Missing)
    assert found.request is None


def test_the_yes_to_another_plan() -> None:
    other = answered(policy_of(), asked(policy_of(), rollback_to(1, "bad")), "grace")
    assert refused(other)
    assert refused(replace(other, plan=INTENT.digest, summary=INTENT.summary))
    alike = asked(policy_of(), replace(INTENT, digest="bad"))
    assert refused(answered(policy_of(), alike, "grace"))


def test_the_yes_to_another_request() -> None:
    second = asked(policy_of(), INTENT, number=2, at=THEN + timedelta(minutes=1))
    assert refused(replace(second, verdicts=good().verdicts))
    same_end = asked(policy_of(), INTENT, number=2)
    assert refused(replace(same_end, verdicts=good().verdicts))


def test_the_yes_of_another_environment() -> None:
    policy = policy_of()
    elsewhere = asked(policy, INTENT, environment="staging")
    yes = said(policy, elsewhere, "grace", environment="staging")
    assert refused(replace(elsewhere, verdicts=(yes,)))
    assert refused(replace(asked(policy, INTENT), verdicts=(yes,)))


def test_the_yes_of_a_ledger_that_was_thrown_away() -> None:
    """After an eject, requests begin anew: the same number, the same plan, another time."""
    again = asked(policy_of(), INTENT, at=THEN + timedelta(minutes=5))
    assert refused(replace(again, verdicts=good().verdicts))


# Self-made.


def test_whoever_asks_says_yes() -> None:
    own = asked(policy_of(), INTENT, by="grace")
    assert refused(answered(policy_of(), own, "grace"))


def test_whoever_asks_does_not_say_who_they_are() -> None:
    """It might be the very person who says yes."""
    assert refused(answered(policy_of(), asked(policy_of(), INTENT, by=None), "grace"))


def test_whoever_asks_takes_anothers_name() -> None:
    """Grace asks, and calls herself Ada to say yes under her own name."""
    own = asked(policy_of(), INTENT, by="grace")
    assert refused(
        answered(policy_of(), replace(own, proof=replace(own.proof, person="ada")), "grace")
    )


def test_somebody_without_the_role() -> None:
    assert refused(answered(policy_of(), asked(policy_of(), INTENT), "hal"))


def test_the_same_person_twice_for_two() -> None:
    two = Demand(("team-lead",), 2)
    policy = policy_of(matrix=(Rule(Answer(Action.ROLL_BACK, None, two), None, (Severity.HIGH,)),))
    request = asked(policy, INTENT, demand=two)
    twice = judged(answered(policy, request, "grace", "grace"), policy=policy)
    assert isinstance(twice, Missing)
    assert twice.yes == ("grace",)
    assert not refused(answered(policy, request, "grace", "joan"), policy=policy)


def test_the_same_person_by_another_key() -> None:
    """Two keys of one person are one person; the same key cannot be two people's (config)."""
    two = Demand(("team-lead",), 2)
    grace = replace(
        person("grace"), keys=(pair_of("grace").public, pair_of("grace's other").public)
    )
    matrix = (Rule(Answer(Action.ROLL_BACK, None, two), None, (Severity.HIGH,)),)
    policy = policy_of(matrix=matrix, people=(person("ada"), grace, person("joan")))
    request = answered(policy, asked(policy, INTENT, demand=two), "grace")
    other = said(policy, request, "grace's other")
    assert other.proof.person == "grace"
    assert refused(replace(request, verdicts=(*request.verdicts, other)), policy=policy)


# People who are no longer who they were.


def test_the_role_was_taken_away_since() -> None:
    people = tuple(each for each in policy_of().people if each.name != "grace")
    demoted = policy_of(people=(*people, person("grace", "on-call")))
    assert refused(good(), policy=demoted)
    assert refused(good(), policy=policy_of("ada", "joan", "hal"))


def test_the_key_was_taken_away_since() -> None:
    people = tuple(each for each in policy_of().people if each.name != "grace")
    stolen = replace(person("grace"), keys=(pair_of("grace's other").public,))
    assert refused(good(), policy=policy_of(people=(*people, stolen)))


def test_whoever_asked_is_gone_since() -> None:
    assert refused(good(), policy=policy_of("grace", "joan", "hal"))


def test_what_was_asked_of_a_lead_is_the_ctos_by_now() -> None:
    strict = policy_of(matrix=(Rule(Answer(Action.ROLL_BACK, None, CTO), None, (Severity.HIGH,)),))
    assert refused(good(), policy=strict)


# Written into the ledger by hand.


def written(*payloads: tuple[EventKind, object]) -> list[Event]:
    events: list[Event] = []
    for at, (kind, payload) in enumerate(payloads):
        previous = events[-1] if events else None
        moment = THEN + timedelta(minutes=at)
        events.append(next_event(previous, runbook_chain("prod"), moment, kind, payload))  # type: ignore[arg-type]
    return events


def asked_and_answered() -> list[Event]:
    request = good()
    return written(
        (EventKind.REQUESTED, requested_payload(request)),
        (EventKind.APPROVED, verdict_payload(request, request.verdicts[0])),
    )


def through(book: Runbook) -> Permit | Missing:
    policy = policy_of()
    return judge(policy, three_live(), book, INTENT, asking(policy), NOW)


def test_the_ledger_gives_back_what_was_signed() -> None:
    found = through(derive_runbook("prod", asked_and_answered()))
    assert isinstance(found, Permit)
    assert found.approvers == ("grace",)


@pytest.mark.parametrize(
    "change",
    [
        lambda payload: {**payload, "request": 2},
        lambda payload: {**payload, "reason": "another"},
        lambda payload: {**payload, "proof": {**payload["proof"], "person": "joan"}},
        lambda payload: {
            **payload,
            "proof": {**payload["proof"], "evidence": {"key": "x", "signature": "y"}},
        },
    ],
    ids=["another request", "another reason", "another name", "another signature"],
)
def test_a_proof_that_was_altered_where_it_stands(
    change: Callable[[dict[str, object]], dict[str, object]],
) -> None:
    first, second = asked_and_answered()
    altered = replace(second, payload=change(dict(second.payload)))
    with pytest.raises(ChainBroken):
        check_chain(runbook_chain("prod"), [first, altered])


def test_an_event_that_was_copied_behind_the_last() -> None:
    """Grace's yes to A1 under a request that Mallory writes anew, with a longer summary."""
    request = good()
    events = written(
        (EventKind.REQUESTED, requested_payload(request)),
        (
            EventKind.REJECTED,
            verdict_payload(request, said(policy_of(), request, "joan", approves=False)),
        ),
        (EventKind.REQUESTED, requested_payload(request)),
        (EventKind.APPROVED, verdict_payload(request, request.verdicts[0])),
    )
    found = through(derive_runbook("prod", events))
    assert isinstance(found, Missing)
    assert found.rejected is not None
    assert found.rejected.proof.person == "joan"


def test_an_answer_that_was_copied_to_another_request() -> None:
    first = good()
    second = asked(policy_of(), INTENT, number=2)
    events = written(
        (EventKind.REQUESTED, requested_payload(asked(policy_of(), rollback_to(1, "bad")))),
        (EventKind.REQUESTED, requested_payload(second)),
        (EventKind.APPROVED, {**verdict_payload(first, first.verdicts[0]), "request": 2}),
    )
    assert isinstance(through(derive_runbook("prod", events)), Missing)


def test_where_nothing_can_check_a_signature_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of asking everybody again, who would be asked in vain."""

    def missing(*_: object) -> bool:
        raise ProofToolMissing("ssh-keygen", "install it")

    request = good()
    monkeypatch.setattr(identity, "is_signed", missing)
    with pytest.raises(ProofToolMissing):
        judged(request)


def test_the_statements_name_all_that_they_are_about() -> None:
    """What differs in anything is signed for nothing else."""
    request = asked(policy_of(), INTENT)
    statements = {
        verdict_statement(environment, changed, approves=approves)
        for environment in ("prod", "staging")
        for approves in (True, False)
        for changed in (
            request,
            replace(request, operation="deploy"),
            replace(request, plan="bad"),
            replace(request, number=2),
            replace(request, expires_at=request.expires_at + timedelta(seconds=1)),
        )
    }
    statements |= {approvers_module.ask_statement("prod", request)}
    statements |= {approvers_module.emergency_statement("prod", "rollback", "f00")}
    assert len(statements) == 22
