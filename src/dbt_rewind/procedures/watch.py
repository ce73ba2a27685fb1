"""Watch: look at a release again and again after its publish, and take it back where the matrix
says at once and without asking.

Between two looks nothing is held, neither a lease nor a connection: a watch that is killed leaves
nothing behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.policy import configured_policy, policy_in_force, triggers_in_force
from dbt_rewind.engine.rollback import RollbackPlan, apply_rollback, plan_rollback
from dbt_rewind.engine.runbook.state import read_runbook
from dbt_rewind.engine.settings import rules_of
from dbt_rewind.engine.site import operating
from dbt_rewind.engine.withdrawal import asks_for_withdrawal, kept_because
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import ApprovalNeeded, LockHeld, WarehouseError
from dbt_rewind.model import Incident, Observation, Policy
from dbt_rewind.procedures.aftermath import Published, tell_of_publish
from dbt_rewind.procedures.announce import deliver
from dbt_rewind.procedures.assess import Assessment, Recorded, assess, write_down
from dbt_rewind.procedures.triggers.all import all_triggers, extent_of
from dbt_rewind.procedures.triggers.subject import open_subject

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The release was taken back: what was done, by which decision, in how many seconds."""

    planned: RollbackPlan
    published: Published
    incident: Incident | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Look:
    """One look: what was found, what is on record of it, and, where the matrix says at once, either
    that it was taken back, or why it was not (`kept`). `problem` says why there was nothing to see,
    such as somebody who has the database; then nothing was found."""

    found: Assessment | None
    recorded: Recorded | None = None
    withdrawn: Withdrawn | None = None
    kept: str | None = None
    problem: str | None = None


def watch(
    workspace: Workspace,
    release: int | None,
    *,
    lasting: timedelta,
    every: timedelta,
    warn: Warn,
    stopwatch: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Look]:
    """The looks at that release (None: the live one), each as soon as it is done: at once, and then
    at intervals until `lasting` is over. Ends before that where the release is taken back, or where
    another one is live.

    Raises NothingLive, ChainBroken, ArtifactDamaged.
    """
    until = stopwatch() + lasting.total_seconds()
    while True:
        began = stopwatch()
        try:
            look = look_once(workspace, release, warn)
        except (LockHeld, WarehouseError) as error:
            look = Look(None, problem=error.message)  # which may pass until the next look
        if look is None:
            return
        yield look
        if look.withdrawn is not None:
            return
        if look.found is not None:
            release = look.found.live.number
        following = began + every.total_seconds()
        if following > until:
            return
        pause(max(0.0, following - stopwatch()))


def look_once(workspace: Workspace, release: int | None, warn: Warn) -> Look | None:
    """One look at the release, with what follows from it; None where another one is live.

    Raises NothingLive, and what looking raises.
    """
    configured = configured_policy(workspace.config, workspace.name)
    with open_subject(workspace) as subject:
        if release is not None and subject.live.number != release:
            return None
        policy = policy_in_force(subject.reader, subject.history, configured)
        settings = triggers_in_force(workspace.config, policy)
        signals = all_triggers(settings, extent_of(settings))
        found = assess(subject, signals, policy, _unheard)
    if found.decision is None:
        return Look(found)
    recorded = write_down(workspace, found.decision, policy, warn)
    try:
        if not asks_for_withdrawal(policy, found.decision):
            return Look(found, recorded)
        return _withdraw(workspace, found, recorded, configured, warn)
    finally:
        deliver(workspace, warn)  # users do not wait for receivers


def _unheard(_seen: Observation) -> None:
    """Only what comes of a whole look is told."""


def _withdraw(
    workspace: Workspace,
    found: Assessment,
    recorded: Recorded,
    configured: Policy,
    warn: Warn,
) -> Look:
    """Takes the release back, or says why not."""
    decision = recorded.decision
    asking = Asking(workspace.person, configured, automatic=True)
    reason = f"{decision.id}: {decision.findings[0].what}"
    try:
        with operating(workspace.site("watch"), "watch") as (ledger, _recovery):
            reader, history = ledger.access.warehouse, ledger.history
            kept = kept_because(history, read_runbook(reader, workspace.name), decision)
            if kept is not None or decision.target is None:
                return Look(found, recorded, kept=kept or "there is no release to go back to")
            target = history.releases[decision.target]
            planned = plan_rollback(reader, history, target, rules_of(workspace.config))
            began = time.perf_counter()
            permit = apply_rollback(ledger, planned, asking, reason=reason, by=asking.by)
            took = time.perf_counter() - began
            sequence = ledger.history.events[-1].sequence
            problem = ledger.mirror_problem
    except (ApprovalNeeded, LockHeld) as error:
        return Look(found, recorded, kept=error.message)
    if problem:
        warn(problem)
    published = Published(
        sequence, "rollback", planned.live.number, target.number, asking.by, reason, permit
    )
    incident = tell_of_publish(workspace, published, warn)
    return Look(found, recorded, Withdrawn(planned, published, incident, took))
