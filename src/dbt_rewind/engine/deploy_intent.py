"""What a deploy or a refresh would make live, as approvals are bound to it."""

from __future__ import annotations

from dbt_rewind.engine.build_plan import DeployRequest
from dbt_rewind.engine.history import WAS_LIVE, History, ReleaseSummary
from dbt_rewind.engine.intent import Intent, intent_of
from dbt_rewind.engine.plan import Plan


def deploy_intent(
    plan: Plan, history: History, request: DeployRequest, equal: ReleaseSummary | None = None
) -> Intent:
    """What `plan` would make live for the request. `equal` is the release whose relations it takes
    over."""
    target = equal.number if equal else None
    subject = request.commit.sha
    return intent_of(plan, subject, target=target, backward=_goes_back(history, request))


def _goes_back(history: History, request: DeployRequest) -> bool:
    """Whether users would get what an earlier release or commit has made, or would make again: a
    rollback by another name. Where git cannot tell, it is one."""
    live = history.live
    asked = request.asks.policy.enforced or history.policy_digest
    if live is None or not asked:
        return False
    if request.build_key != live.build_key and _was_live(history, live.number, request.build_key):
        return True
    same = request.commit.sha == live.commit.sha
    return not same and request.contains(live.commit.sha) is not True


def _was_live(history: History, before: int, key: str) -> bool:
    """Whether a release below the number `before` was live that was made of the same project."""
    return bool(key) and any(
        release.number < before and release.build_key == key and release.state in WAS_LIVE
        for release in history.releases.values()
    )
