"""May automation take the live release back? Pure: it never goes past what a person decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from dbt_rewind.engine.history import GOES_LIVE, History, ReleaseSummary
from dbt_rewind.engine.runbook.state import Runbook
from dbt_rewind.engine.target import default_target
from dbt_rewind.model import NOBODY, Action, Decision, Event, EventKind, Ground, Policy


def asks_for_withdrawal(policy: Policy, decision: Decision) -> bool:
    """Whether the matrix says of what was found that it is to be rolled back at once, without
    asking anybody: for a person's word alone it does not."""
    found = decision.answer
    at_once = found.within is not None and found.within <= timedelta(0)
    rolls_back = policy.production and found.action is Action.ROLL_BACK
    return rolls_back and at_once and found.demand == NOBODY


def kept_because(history: History, runbook: Runbook, decision: Decision) -> str | None:
    """Why automation leaves the live release where it is, None where it may take it back.

    It returns to the last healthy release before, and to no other, and never past what a person has
    decided: a rollback, back or forward, a publish with the glass broken, a no to a rollback, a
    commit that was let out of quarantine. What it has taken back itself is brought back by people
    only, so that nothing is taken back twice.
    """
    live = history.live
    if live is None or live.number != decision.release:
        return "another release is live by now"
    return next(_reasons(history, live, runbook, decision), None)


def _reasons(
    history: History, live: ReleaseSummary, runbook: Runbook, decision: Decision
) -> Iterator[str]:
    publish = _last_publish(history)
    permit = publish.payload.get("permit") or {}
    operation = publish.payload["operation"]
    if operation in {"rollback", "restore"}:
        yield f"{live.id} went live by a {operation}, and so by somebody's decision"
    if permit.get("ground") == Ground.EMERGENCY.value:
        yield f"{live.id} went live by somebody's decision, in an emergency"
    if any(_lifted(event, live.commit.sha) for event in history.events):
        yield f"somebody has let {live.commit.sha[:7]} out of quarantine"
    if any(
        request.rejected and request.operation == "rollback" and request.at >= publish.at
        for request in runbook.requests.values()
    ):
        yield "somebody has said no to a rollback of it"
    if default_target(history) is None:
        yield "there is no healthy release before it"
    if decision.target != default_target(history):
        yield "the release to go back to is another one by now"


def _last_publish(history: History) -> Event:
    return next(event for event in reversed(history.events) if event.kind in GOES_LIVE)


def _lifted(event: Event, sha: str) -> bool:
    return event.kind is EventKind.UNQUARANTINED and event.payload["commit"] == sha
