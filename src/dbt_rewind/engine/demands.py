"""Whose yes something needs, by the policy in force. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dbt_rewind.engine.decide import decided
from dbt_rewind.engine.history import GOES_LIVE, History
from dbt_rewind.engine.intent import Intent
from dbt_rewind.engine.runbook.state import Runbook
from dbt_rewind.engine.target import default_target
from dbt_rewind.model import (
    NOBODY,
    Action,
    Answer,
    Decision,
    Demand,
    Policy,
    Severity,
    Trigger,
)
from dbt_rewind.model.matrix import CASES, Case, answer
from dbt_rewind.model.policy import together

OF_POLICY: Final = frozenset({"policy", "eject", "release-quarantine"})
"""Operations that would get round the policy if nobody had to say yes."""

NEW_TO_USERS: Final = frozenset({"deploy", "flag-enable", "flag-sync"})
"""Operations that bring users what they have not seen yet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the policy demands of an intent, and why. `follows`: it is what the decision says, to go
    back to the last healthy release before."""

    demand: Demand
    severity: Severity | None = None
    decision: int | None = None
    review: bool = False
    follows: bool = False


def wanted_of(
    policy: Policy, history: History, runbook: Runbook, intent: Intent, now: datetime
) -> Wanted:
    """Whose yes the intent needs by the policy. A rollback needs that of the newest decision about
    the live release, or, where there is none, what a person's report of high severity needs."""
    if intent.operation in OF_POLICY:
        return Wanted(policy_demand(policy))
    if not intent.backward:
        return Wanted(policy.deploy if intent.operation in NEW_TO_USERS else NOBODY)
    decision = current_decision(policy, history, runbook, now)
    usual = answer(policy.matrix, Case(Trigger.REPORT, Severity.HIGH, policy.production))
    if decision is None:
        return Wanted(_to_deploy(policy, intent, usual.demand), Severity.HIGH, None, usual.review)
    found = decided(policy, decision)
    demand, follows = found.demand, _follows(history, intent, found)
    if demand == NOBODY and not follows:
        # Nobody's yes is needed for what was decided, and for nothing else.
        demand = usual.demand
    elif demand.emergency:
        # Who can wait for somebody's yes need not break the glass.
        demand = replace(usual.demand, emergency=True)
    return Wanted(
        _to_deploy(policy, intent, demand),
        decision.severity,
        decision.number,
        found.review,
        follows,
    )


def _to_deploy(policy: Policy, intent: Intent, demand: Demand) -> Demand:
    """The demand on a way back, which a deploy does not get round what a deploy needs by."""
    return together(demand, policy.deploy) if intent.operation in NEW_TO_USERS else demand


def current_decision(
    policy: Policy, history: History, runbook: Runbook, now: datetime
) -> Decision | None:
    """The newest decision about the live release that is not older than answers may be."""
    if history.live is None:
        return None
    live = history.live.number
    since = live_since(history)
    found = [
        each
        for each in runbook.decisions.values()
        if each.release == live and each.at + policy.expires > now and each.at >= since
    ]
    return max(found, key=lambda each: each.number, default=None)


def live_since(history: History) -> datetime:
    """When the last publish was. Raises ValueError where there was none."""
    return max(event.at for event in history.events if event.kind in GOES_LIVE)


def policy_demand(policy: Policy) -> Demand:
    """Whose yes a change of the policy needs: that of all whom it ever asks, so that nobody can
    take away what only others may say yes to."""
    asked = [answer(policy.matrix, case).demand for case in CASES if case.production]
    return replace(together(*asked, policy.deploy), emergency=False)


def _follows(history: History, intent: Intent, found: Answer) -> bool:
    is_decided = found.action is Action.ROLL_BACK
    return is_decided and intent.target is not None and intent.target == default_target(history)
