"""May this go live? Pure: whoever calls has read the ledger and the policy in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from dbt_rewind.engine.approvers import (
    approvers,
    emergency_statement,
    has_shown,
    proven_by,
    used_requests,
)
from dbt_rewind.engine.demands import OF_POLICY, Wanted, wanted_of
from dbt_rewind.engine.history import History
from dbt_rewind.engine.intent import Intent
from dbt_rewind.engine.runbook.state import Runbook
from dbt_rewind.model import (
    NOBODY,
    Demand,
    Ground,
    Permit,
    Policy,
    Proof,
    Request,
    Severity,
    Trigger,
    Verdict,
)
from dbt_rewind.model.matrix import Case, answer


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


def judge(
    policy: Policy,
    history: History,
    runbook: Runbook,
    intent: Intent,
    asking: Asking,
    now: datetime,
) -> Permit | Missing:
    """The permit to make the intent's plan live, or what is missing for it."""
    now = not_before(history, runbook, now)
    wanted = wanted_of(policy, history, runbook, intent, now)
    if asking.emergency and policy.production:
        if glass_may_be_broken(policy, intent, wanted, asking, now):
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


def not_before(history: History, runbook: Runbook, now: datetime) -> datetime:
    """`now`, but no earlier than what is on record: a clock that is behind wakes nothing up."""
    return max((now, *(chain.head.at for chain in (history, runbook) if chain.head)))


def glass_may_be_broken(
    policy: Policy, intent: Intent, wanted: Wanted, asking: Asking, now: datetime
) -> bool:
    """Whether the matrix lets somebody go on without approval who says that it is critical.

    Nothing is critical about what is in quarantine, and an eject would take the record of it along.
    Whoever changes the policy so has to be one of its people, and proven: else it would last for
    good what a stranger has written.
    """
    if intent.operation in OF_POLICY:
        statement = emergency_statement(intent.environment, intent.operation, intent.digest)
        proven = (
            asking.proof is not None and proven_by(policy, asking.proof, statement, now) is not None
        )
        if intent.operation != "policy" or not proven:
            return False
    if not policy.enforced or wanted.demand.emergency:
        return True
    said = answer(policy.matrix, Case(Trigger.REPORT, Severity.CRITICAL, policy.production))
    return said.demand.emergency or said.demand == NOBODY


def _automatic(policy: Policy, intent: Intent, wanted: Wanted) -> Permit | Missing:
    if not (policy.production and wanted.follows and wanted.demand == NOBODY):
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
        if not has_shown(request, intent):
            continue
        if request.rejected:
            rejected = rejected or next(each for each in request.verdicts if not each.approves)
            continue
        yes = approvers(policy, intent.environment, request, wanted.demand, now)
        people = [person for person in policy.people if person.name in yes]
        if wanted.demand.quorum and wanted.demand.is_met_by(people):
            return Permit(
                Ground.APPROVED,
                intent.digest,
                wanted.severity,
                wanted.decision,
                request.number,
                yes,
                wanted.review,
            )
        # Where others have to say yes by now, it has to be asked for anew.
        if _parts(request.demand) == _parts(wanted.demand):
            waiting = waiting or request
    yes = approvers(policy, intent.environment, waiting, wanted.demand, now) if waiting else ()
    no = None if waiting else rejected
    return Missing(wanted.demand, wanted.severity, wanted.decision, waiting, yes, no)


def _parts(demand: Demand) -> tuple[Demand, ...]:
    return replace(demand, emergency=False).parts
