"""May this go live? Pure: whoever calls has read the ledger and the policy in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dbt_rewind.engine.decide import decided
from dbt_rewind.engine.history import History
from dbt_rewind.engine.identity import check
from dbt_rewind.engine.intent import Intent
from dbt_rewind.engine.runbook.state import Runbook
from dbt_rewind.engine.target import default_target
from dbt_rewind.errors import ApprovalError
from dbt_rewind.model import (
    NOBODY,
    Action,
    Answer,
    Decision,
    Demand,
    EventKind,
    Ground,
    Permit,
    Policy,
    Proof,
    Request,
    Severity,
    Trigger,
    Verdict,
)
from dbt_rewind.model.matrix import CASES, Case, answer
from dbt_rewind.model.statement import Purpose, statement_of

OF_POLICY: Final = frozenset({"policy", "eject", "release-quarantine"})
"""Operations that would get round the policy if nobody had to say yes."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who wants something to go live. `policy` is what rewind.yml says here. `emergency`: whoever
    asks breaks the glass, as far as the matrix lets them; `proof` is then who says so."""

    by: str
    policy: Policy
    emergency: bool = False
    automatic: bool = False
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Whose yes is missing. `request` is the one that is open for the very same plan; `yes` are
    those who have said it; `rejected` is the no to it."""

    demand: Demand
    severity: Severity | None = None
    decision: int | None = None
    request: Request | None = None
    yes: tuple[str, ...] = ()
    rejected: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the policy demands of an intent, and why."""

    demand: Demand
    severity: Severity | None = None
    decision: int | None = None
    review: bool = False


def judge(
    policy: Policy,
    history: History,
    runbook: Runbook,
    intent: Intent,
    asking: Asking,
    now: datetime,
) -> Permit | Missing:
    """The permit to make the intent's plan live, or what is missing for it."""
    wanted = wanted_of(policy, history, runbook, intent, now)
    if asking.emergency and policy.production:
        if not policy.enforced or glass_may_be_broken(policy, wanted):
            permit = _permit(Ground.EMERGENCY, intent, wanted, review=True)
            return replace(permit, severity=Severity.CRITICAL, proof=asking.proof)
    elif asking.automatic:
        return _automatic(policy, intent, wanted)
    if not policy.enforced:
        return _permit(Ground.FREE, intent, wanted, review=wanted.review)
    if wanted.demand == NOBODY:
        ground = Ground.FREE if wanted.severity is None else Ground.IMMEDIATE
        return _permit(ground, intent, wanted, review=wanted.review)
    return _by_request(policy, history, runbook, intent, wanted, now)


def wanted_of(
    policy: Policy, history: History, runbook: Runbook, intent: Intent, now: datetime
) -> Wanted:
    """Whose yes the intent needs by the policy. A rollback needs that of the newest decision about
    the live release, or, where there is none, what a person's report of high severity needs."""
    if intent.operation in OF_POLICY:
        return Wanted(policy_demand(policy))
    if not intent.backward:
        return Wanted(policy.deploy if intent.operation == "deploy" else NOBODY)
    decision = current_decision(policy, history, runbook, now)
    usual = answer(policy.matrix, Case(Trigger.REPORT, Severity.HIGH, policy.production))
    if decision is None:
        return Wanted(usual.demand, Severity.HIGH, None, usual.review)
    found = decided(policy, decision)
    demand = found.demand
    if demand == NOBODY and not _follows(history, intent, found):
        # Nobody's yes is needed for what was decided, and for nothing else.
        demand = usual.demand
    elif demand.emergency:
        # Who can wait for somebody's yes need not break the glass.
        demand = replace(usual.demand, emergency=True)
    return Wanted(demand, decision.severity, decision.number, found.review)


def current_decision(
    policy: Policy, history: History, runbook: Runbook, now: datetime
) -> Decision | None:
    """The newest decision about the live release that is not older than answers may be."""
    live = history.live.number if history.live else None
    since = live_since(history)
    found = [
        each
        for each in runbook.decisions.values()
        if each.release == live and each.at + policy.expires > now and each.at >= since
    ]
    return max(found, key=lambda each: each.number, default=None)


def live_since(history: History) -> datetime:
    """When the last publish was. Raises ValueError where there was none."""
    return max(event.at for event in history.events if event.kind is EventKind.PUBLISHED)


def glass_may_be_broken(policy: Policy, wanted: Wanted) -> bool:
    """Whether the matrix lets somebody go on without approval who says that it is critical."""
    if wanted.demand.emergency:
        return True
    said = answer(policy.matrix, Case(Trigger.REPORT, Severity.CRITICAL, policy.production))
    return said.demand.emergency or said.demand == NOBODY


def policy_demand(policy: Policy) -> Demand:
    """Whose yes a change of the policy needs: that of the most people whom the matrix ever asks."""
    asked = [answer(policy.matrix, case).demand for case in CASES if case.production]
    return max((*asked, policy.deploy), key=lambda demand: demand.quorum)


def _follows(history: History, intent: Intent, found: Answer) -> bool:
    is_decided = found.action is Action.ROLL_BACK
    return is_decided and intent.target is not None and intent.target == default_target(history)


def _automatic(policy: Policy, intent: Intent, wanted: Wanted) -> Permit | Missing:
    free = wanted.demand == NOBODY and wanted.decision is not None and policy.production
    if not free:
        return Missing(wanted.demand, wanted.severity, wanted.decision)
    return _permit(Ground.AUTOMATIC, intent, wanted, review=True)


def _permit(ground: Ground, intent: Intent, wanted: Wanted, *, review: bool) -> Permit:
    return Permit(ground, intent.digest, wanted.severity, wanted.decision, review=review)


def _by_request(
    policy: Policy,
    history: History,
    runbook: Runbook,
    intent: Intent,
    wanted: Wanted,
    now: datetime,
) -> Permit | Missing:
    rejected: Verdict | None = None
    waiting: Request | None = None
    used = used_requests(history)
    for request in sorted(runbook.requests.values(), key=lambda each: -each.number):
        if request.plan != intent.digest or request.number in used or request.expires_at <= now:
            continue
        if request.rejected:
            rejected = rejected or next(each for each in request.verdicts if not each.approves)
            continue
        yes = approvers(policy, intent.environment, request, wanted.demand, now)
        if wanted.demand.quorum and len(yes) >= wanted.demand.quorum:
            return Permit(
                Ground.APPROVED,
                intent.digest,
                wanted.severity,
                wanted.decision,
                request.number,
                yes,
                wanted.review,
            )
        waiting = waiting or request
    yes = approvers(policy, intent.environment, waiting, wanted.demand, now) if waiting else ()
    no = None if waiting else rejected
    return Missing(wanted.demand, wanted.severity, wanted.decision, waiting, yes, no)


def used_requests(history: History) -> frozenset[int]:
    """The numbers of the requests by which something has happened: each serves once."""
    permits = (event.payload.get("permit") for event in history.events)
    return frozenset(
        permit["request"] for permit in permits if permit and permit["request"] is not None
    )


def approvers(
    policy: Policy, environment: str, request: Request, demand: Demand, now: datetime
) -> tuple[str, ...]:
    """Who of the policy's people has said yes to the request, proven, in time, with a role that is
    asked for, and has not made it. Nobody where it is not proven who has made it."""
    asker = _proven(policy, request.proof, ask_statement(environment, request), request.at)
    if asker is None or now >= request.expires_at:
        return ()
    return tuple(dict.fromkeys(_yes(policy, environment, request, demand, asker)))


def _yes(
    policy: Policy, environment: str, request: Request, demand: Demand, asker: str
) -> Iterator[str]:
    for verdict in request.verdicts:
        said = verdict_statement(environment, request, approves=True)
        name = _proven(policy, verdict.proof, said, verdict.at)
        person = policy.person(name) if name else None
        if person is None or not verdict.approves or verdict.at >= request.expires_at:
            continue
        if person.name != asker and set(person.roles) & set(demand.roles):
            yield person.name


def ask_statement(environment: str, request: Request) -> str:
    """What whoever makes the request signs."""
    return statement_of(
        Purpose.ASK,
        environment,
        operation=request.operation,
        plan=request.plan,
        request=request.id,
        expires_at=request.expires_at,
    )


def verdict_statement(environment: str, request: Request, *, approves: bool) -> str:
    """What whoever answers the request signs."""
    return statement_of(
        Purpose.APPROVE if approves else Purpose.REJECT,
        environment,
        operation=request.operation,
        plan=request.plan,
        request=request.id,
        expires_at=request.expires_at,
    )


def _proven(policy: Policy, proof: Proof, statement: str, at: datetime) -> str | None:
    try:
        return check(policy, proof, statement, at).name
    except ApprovalError:
        return None  # what nobody can prove counts as if nobody had said it
