"""`rewind rollback`: make an earlier release live again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import Emergency, Env, Json, Quiet, Reason, Repair, Wait, Yes
from dbt_rewind.cli.screen import Screen

if TYPE_CHECKING:
    from dbt_rewind.engine.history import History
    from dbt_rewind.engine.judge import Asking
    from dbt_rewind.engine.rollback import RollbackPlan
    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.warehouse.protocol import LedgerReader


def register(app: typer.Typer) -> None:
    app.command("rollback")(rollback)


def rollback(
    to: Annotated[
        str | None,
        typer.Option("--to", help="Release, tag or commit; default: the last healthy one before."),
    ] = None,
    env: Env = None,
    reason: Reason = "",
    emergency: Emergency = False,
    repair: Repair = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show every pointer that would move; change nothing.")
    ] = False,
    wait: Wait = None,
    yes: Yes = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make an earlier release live again: only pointers move, so data size does not matter.

    Forward works the same way: name a later release with --to.
    """
    from dbt_rewind.cli.asking import asked_for
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.cli.rollback_words import (
        Outcome,
        say_document,
        say_outcome,
        say_plan,
        say_what_follows,
    )
    from dbt_rewind.engine.asking import asking_of
    from dbt_rewind.engine.quarantine import quarantined
    from dbt_rewind.engine.rollback import apply_rollback
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)
    if emergency:
        from dbt_rewind.procedures.asking import require_emergency

        require_emergency(workspace, reason)
    asking, believed = asking_of(workspace), None
    if dry_run or emergency or not yes:
        believed = _preview(screen, workspace, asking, to, repair, emergency=emergency)
        if dry_run:
            say_document(screen, workspace.name, believed)
            return
        if not yes:
            _confirm(workspace, believed)
        if emergency:
            asking = _emergency(screen, workspace, believed)
    with (
        asked_for(screen, workspace, reason),
        operating(workspace.site("rollback"), "rollback") as (ledger, recovery),
    ):
        say_recovery(screen, recovery)
        planned = _plan(workspace, ledger.access.warehouse, ledger.history, to, repair)
        if believed is None:
            say_plan(screen, workspace.name, planned)
        elif believed.plan != planned.plan:
            from dbt_rewind.errors import LiveChanged

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
    outcome = Outcome(planned, permit, sequence, by, reason, took, bad)
    say_outcome(screen, workspace, outcome)
    # Users see the release already: only now does it cost nobody anything to load what tells.
    from dbt_rewind.procedures.aftermath import tell_of_publish

    told = tell_of_publish(workspace, outcome.published, screen.warn)
    say_what_follows(screen, workspace.name, outcome, told)
    say_document(screen, workspace.name, planned, outcome, told)


def _plan(
    workspace: Workspace, reader: LedgerReader, history: History, to: str | None, repair: bool
) -> RollbackPlan:
    from dbt_rewind.engine.rollback import plan_rollback
    from dbt_rewind.engine.settings import rules_of
    from dbt_rewind.engine.target import choose_target

    target = choose_target(history, to, workspace.find_commit)
    rules = rules_of(workspace.config)
    return plan_rollback(reader, history, target, rules, repair=repair)


def _emergency(screen: Screen, workspace: Workspace, planned: RollbackPlan) -> Asking:
    from dbt_rewind.engine.rollback import rollback_intent
    from dbt_rewind.procedures.asking import emergency_of

    digest = rollback_intent(planned).digest
    return emergency_of(workspace, "rollback", digest, screen.warn)


def _preview(
    screen: Screen,
    workspace: Workspace,
    asking: Asking,
    to: str | None,
    repair: bool,
    *,
    emergency: bool,
) -> RollbackPlan:
    """Plans over a connection that changes nothing and holds no lock while a person thinks."""
    from dbt_rewind.cli.asking import say_demand
    from dbt_rewind.cli.rollback_words import say_plan
    from dbt_rewind.engine.mirror import check_mirror
    from dbt_rewind.engine.permits import preview_permit
    from dbt_rewind.engine.rollback import rollback_intent

    reader = workspace.connect_to_read()
    try:
        history = workspace.history(reader)
        check_mirror(workspace.mirror, workspace.name, history.events)
        planned = _plan(workspace, reader, history, to, repair)
        permit = preview_permit(reader, history, rollback_intent(planned), asking)
    finally:
        reader.close()
    say_plan(screen, workspace.name, planned)
    if not emergency:
        say_demand(screen, permit)
    return planned


def _confirm(workspace: Workspace, planned: RollbackPlan) -> None:
    from dbt_rewind.cli.confirm import confirm

    confirm(
        f"rolling {workspace.name} back to {planned.target.id}",
        f"Make {planned.target.id} live in {workspace.name}?",
    )
