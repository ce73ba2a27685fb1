"""What users see goes back; what follows it comes after."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dbt_rewind.cli.asking import asked_for, say_demand
from dbt_rewind.cli.recover import say_recovery
from dbt_rewind.cli.rollback_asked import Asked
from dbt_rewind.cli.rollback_words import (
    Outcome,
    say_document,
    say_outcome,
    say_plan,
    say_what_follows,
)
from dbt_rewind.engine.asking import asking_of
from dbt_rewind.engine.mirror import check_mirror
from dbt_rewind.engine.permits import preview_permit
from dbt_rewind.engine.quarantine import quarantined
from dbt_rewind.engine.rollback import (
    RollbackPlan,
    apply_rollback,
    plan_rollback,
    rollback_intent,
)
from dbt_rewind.engine.settings import rules_of
from dbt_rewind.engine.site import operating
from dbt_rewind.engine.target import choose_target
from dbt_rewind.errors import LiveChanged
from dbt_rewind.model import RollbackStrategy

if TYPE_CHECKING:
    from dbt_rewind.cli.rollback_code import CodeSaid
    from dbt_rewind.engine.history import History
    from dbt_rewind.engine.judge import Asking
    from dbt_rewind.warehouse.protocol import LedgerReader


def roll_back(asked: Asked, strategy: RollbackStrategy | None) -> None:
    """Shows what moves, asks, publishes; then takes the code back, and tells of both.

    Without a strategy, the code goes back where there is a remote that has it.
    """
    screen, workspace = asked.screen, asked.workspace
    if asked.emergency:
        from dbt_rewind.procedures.asking import require_emergency

        require_emergency(workspace, asked.reason)
    if strategy is not None and strategy is not RollbackStrategy.DATA:
        from dbt_rewind.procedures.code.strategies import Choice, require_possible

        require_possible(workspace, Choice(strategy, asked.picks, asked.by))
    asking, believed = asking_of(workspace), None
    if asked.dry_run or asked.emergency or not asked.yes:
        believed, code = _preview(asked, asking, strategy)
        if asked.dry_run:
            say_document(screen, workspace.name, believed, code=code.facts if code else None)
            return
        if not asked.yes:
            _confirm(asked, believed, code.words if code else "")
        if asked.emergency:
            asking = _emergency(asked, believed)
    outcome = _published(asked, asking, believed)
    say_outcome(screen, workspace, outcome)
    # Users see the release already: only now does it cost nobody anything to load what follows.
    from dbt_rewind.cli.rollback_code import follow_with_code
    from dbt_rewind.procedures.aftermath import note_publish
    from dbt_rewind.procedures.announce import deliver

    told = note_publish(workspace, outcome.published, screen.warn)
    code = follow_with_code(asked, strategy, outcome)
    deliver(workspace, screen.warn)
    say_what_follows(screen, workspace.name, outcome, told)
    say_document(
        screen,
        workspace.name,
        outcome.planned,
        outcome,
        told,
        code=code.facts if code else None,
        error=code.error if code else None,
    )
    if code is not None:
        code.end()


def _published(asked: Asked, asking: Asking, believed: RollbackPlan | None) -> Outcome:
    screen, workspace, reason = asked.screen, asked.workspace, asked.reason
    with (
        asked_for(screen, workspace, reason),
        operating(workspace.site("rollback"), "rollback") as (ledger, recovery),
    ):
        say_recovery(screen, recovery)
        planned = _plan(asked, ledger.access.warehouse, ledger.history)
        if believed is None:
            say_plan(screen, workspace.name, planned)
        elif believed.plan != planned.plan:
            raise LiveChanged(workspace.name)
        began = time.perf_counter()
        by = ledger.lease.owner.person
        permit = apply_rollback(ledger, planned, asking, reason=reason, by=by)
        took = time.perf_counter() - began
        entries = quarantined(ledger.history)
        bad = next((each for each in entries if each.release == planned.live.number), None)
        sequence = ledger.history.events[-1].sequence
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    return Outcome(planned, permit, sequence, by, reason, took, bad, entries)


def _plan(asked: Asked, reader: LedgerReader, history: History) -> RollbackPlan:
    target = choose_target(history, asked.to, asked.workspace.find_commit)
    rules = rules_of(asked.workspace.config)
    return plan_rollback(reader, history, target, rules, repair=asked.repair)


def _emergency(asked: Asked, planned: RollbackPlan) -> Asking:
    from dbt_rewind.procedures.asking import emergency_of

    digest = rollback_intent(planned).digest
    return emergency_of(asked.workspace, "rollback", digest, asked.screen.warn)


def _preview(
    asked: Asked, asking: Asking, strategy: RollbackStrategy | None
) -> tuple[RollbackPlan, CodeSaid | None]:
    """Plans over a connection that changes nothing and holds no lock while a person thinks."""
    workspace = asked.workspace
    reader = workspace.connect_to_read()
    try:
        history = workspace.history(reader)
        check_mirror(workspace.mirror, workspace.name, history.events)
        planned = _plan(asked, reader, history)
        permit = preview_permit(reader, history, rollback_intent(planned), asking)
    finally:
        reader.close()
    say_plan(asked.screen, workspace.name, planned)
    code = None
    if asked.dry_run or not asked.yes:  # otherwise no network may be in the way
        from dbt_rewind.cli.rollback_code import preview_code

        code = preview_code(asked, strategy, history, planned)
    if not asked.emergency:
        say_demand(asked.screen, permit)
    return planned, code


def _confirm(asked: Asked, planned: RollbackPlan, code: str) -> None:
    from dbt_rewind.cli.confirm import confirm

    name, target = asked.workspace.name, planned.target.id
    confirm(f"rolling {name} back to {target}", f"Make {target} live in {name}{code}?")
