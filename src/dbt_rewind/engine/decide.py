"""From findings to a decision: what the matrix says, and which release to go back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dbt_rewind.engine.history import History
from dbt_rewind.engine.runbook.state import Runbook
from dbt_rewind.engine.target import default_target
from dbt_rewind.model import (
    NOBODY,
    Action,
    Answer,
    Decision,
    Policy,
    TriggerFinding,
    worst,
)
from dbt_rewind.model.matrix import Case, answer
from dbt_rewind.model.urgency import Answered, most_urgent


def decide(
    policy: Policy, history: History, findings: Sequence[TriggerFinding], *, by: str, at: datetime
) -> Decision | None:
    """What is to be done about the findings in the live release; None where there is none, or
    nothing is live. It has no number before it is recorded (0)."""
    chosen = most_urgent(answered(policy, findings))
    severity = worst(tuple(finding.severity for finding in findings))
    if chosen is None or severity is None or history.live is None:
        return None
    found = chosen.answer
    return Decision(
        0,
        at,
        by,
        history.live.number,
        severity,
        found,
        tuple(findings),
        None if found.within is None else at + found.within,
        default_target(history) if found.action is Action.ROLL_BACK else None,
    )


def decided(policy: Policy, decision: Decision) -> Answer:
    """What the policy says today to what was decided upon: people may have changed it since."""
    chosen = most_urgent(answered(policy, decision.findings))
    return chosen.answer if chosen else decision.answer


def answered(policy: Policy, findings: Sequence[TriggerFinding]) -> tuple[Answered, ...]:
    """Each finding with what the matrix says to it. Where a rollback would change nothing, what it
    asks for is a fix, in the same time."""
    return tuple(Answered(finding, _answer(policy, finding)) for finding in findings)


def _answer(policy: Policy, finding: TriggerFinding) -> Answer:
    found = answer(policy.matrix, Case(finding.trigger, finding.severity, policy.production))
    if finding.remedy and found.action is Action.ROLL_BACK:
        return replace(found, action=Action.FIX_FORWARD, demand=NOBODY)
    return found


def same_decision(runbook: Runbook, decision: Decision, policy: Policy) -> Decision | None:
    """The last one on record, where it says the same and is not older than answers may be."""
    newest = max(runbook.decisions.values(), key=lambda each: each.number, default=None)
    if newest is None or newest.at + policy.expires <= decision.at:
        return None
    return newest if _says(newest) == _says(decision) else None


def _says(decision: Decision) -> tuple[object, ...]:
    found = {(each.trigger, each.subject, each.severity) for each in decision.findings}

    return decision.release, decision.answer, decision.target, found
