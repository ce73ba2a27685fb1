"""What a deploy or a refresh would make live, as approvals are bound to it."""

from __future__ import annotations

from dbt_rewind.engine.build_plan import DeployRequest
from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.intent import Intent, intent_of
from dbt_rewind.engine.plan import Plan
from dbt_rewind.model import ReleaseKind


def deploy_intent(
    plan: Plan, history: History, request: DeployRequest, equal: ReleaseSummary | None = None
) -> Intent:
    """What `plan` would make live for the request. `equal` is the release whose relations it takes
    over."""
    target = equal.number if equal else None
    subject = request.commit.sha
    return intent_of(plan, subject, target=target, backward=_goes_back(history, request, equal))


def _goes_back(history: History, request: DeployRequest, equal: ReleaseSummary | None) -> bool:
    """Whether users would get what an earlier release or commit has made: a rollback by another
    name. Where git cannot tell, it is one."""
    live = history.live
    asked = request.asks.policy.enforced or history.policy_digest
    if live is None or not asked or request.kind is not ReleaseKind.DEPLOY:
        return False
    if equal is not None and equal.number < live.number:
        return True
    same = request.commit.sha == live.commit.sha
    return not same and request.contains(live.commit.sha) is not True
