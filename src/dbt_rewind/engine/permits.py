"""Permits: nothing goes live without one, and this is the only place that gives them."""

from __future__ import annotations

from dbt_rewind import clock
from dbt_rewind.engine.history import History
from dbt_rewind.engine.intent import Intent
from dbt_rewind.engine.judge import Asking, Missing, judge
from dbt_rewind.engine.ledger import Ledger
from dbt_rewind.engine.policy import policy_in_force, settle_policy
from dbt_rewind.engine.runbook.codec import encode_permit
from dbt_rewind.engine.runbook.state import Runbook, read_runbook
from dbt_rewind.errors import ApprovalNeeded
from dbt_rewind.model import Ground, Permit, Policy
from dbt_rewind.warehouse.protocol import LedgerReader


def permit_for(ledger: Ledger, intent: Intent, asking: Asking) -> Permit:
    """The permit to carry out the intent, by the policy in force, which is recorded where it is not
    yet. Raises ApprovalNeeded with all that a request for it needs, ArtifactDamaged, ChainBroken,
    and what `Ledger.append` raises."""
    policy = settle_policy(ledger, asking.policy, by=asking.by)
    if not policy.production:
        return Permit(Ground.FREE, intent.digest)
    runbook = read_runbook(ledger.access.warehouse, ledger.history.environment)
    found = judge(policy, ledger.history, runbook, intent, asking, clock.now())
    if isinstance(found, Permit):
        return found
    raise needed(intent, found)


def preview_permit(
    reader: LedgerReader, history: History, intent: Intent, asking: Asking
) -> Permit | Missing:
    """As `permit_for`, for those who only look. Raises ArtifactDamaged, ChainBroken."""
    policy = policy_in_force(reader, history, asking.policy)
    runbook = (
        read_runbook(reader, history.environment)
        if policy.production
        else Runbook(history.environment)
    )
    return judge(policy, history, runbook, intent, asking, clock.now())


def permit_by(
    policy: Policy, history: History, runbook: Runbook, intent: Intent, asking: Asking
) -> Permit | Missing:
    """As `preview_permit`, by what is known where the database cannot be asked."""
    if not policy.production:
        return Permit(Ground.FREE, intent.digest)
    return judge(policy, history, runbook, intent, asking, clock.now())


def needed(intent: Intent, missing: Missing) -> ApprovalNeeded:
    """The error that says whose yes is missing."""
    return ApprovalNeeded(
        environment=intent.environment,
        operation=intent.operation,
        subject=intent.subject,
        plan=intent.digest,
        roles=missing.demand.roles,
        people=missing.demand.quorum,
        also=missing.demand.also,
        instead="--emergency" if missing.demand.emergency else "",
        severity=missing.severity,
        decision=f"D{missing.decision}" if missing.decision else None,
        request=missing.request.id if missing.request else None,
        yes=missing.yes,
        rejected_by=missing.rejected.proof.person if missing.rejected else None,
        rejected_because=missing.rejected.reason if missing.rejected else "",
        summary=intent.summary,
    )


def permit_payload(permit: Permit) -> dict[str, object] | None:
    """The permit as an event holds it; None where nobody has to be asked, and nothing looked at."""
    free = permit.ground is Ground.FREE and not permit.review and permit.decision is None
    return None if free else encode_permit(permit)
