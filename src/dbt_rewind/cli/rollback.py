"""`rewind rollback`: make an earlier release live again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import Env, Json, Quiet, Reason, Repair, Wait, Yes
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import ago, commit_words, count, lasting, moment, tests_words

if TYPE_CHECKING:
    from dbt_rewind.engine.history import History
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
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.engine.quarantine import quarantined
    from dbt_rewind.engine.rollback import apply_rollback
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)
    believed = None
    if dry_run or not yes:
        believed = _preview(screen, workspace, to, repair)
        if dry_run:
            _document(screen, workspace, believed, dry_run=True)
            return
        _confirm(workspace, believed)
    with operating(workspace.site("rollback"), "rollback") as (ledger, recovery):
        say_recovery(screen, recovery)
        planned = _plan(workspace, ledger.access.warehouse, ledger.history, to, repair)
        if believed is None:
            _say_plan(screen, workspace, planned)
        elif believed.plan != planned.plan:
            from dbt_rewind.errors import LiveChanged

            raise LiveChanged(workspace.name)
        began = time.perf_counter()
        apply_rollback(ledger, planned, reason=reason, by=ledger.lease.owner.person)
        took = time.perf_counter() - began
        entries = quarantined(ledger.history)
        bad = next((each for each in entries if each.release == planned.live.number), None)
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    moved = count(len(planned.plan.moves), "pointer")
    screen.say(
        f"{planned.target.id} is live in {workspace.name}: {moved} moved in {lasting(took)}",
        fg="green",
        bold=True,
    )
    screen.tell(f"  check it       rewind verify --deep -e {workspace.name}")
    screen.tell(f"  forward again  rewind rollback --to {planned.live.id} -e {workspace.name}")
    if bad is not None:
        short = bad.commit.sha[:7]
        screen.tell(
            f"  in quarantine  {short}: no deploy brings it again, until a revert of it, or"
        )
        screen.tell(f"                 rewind release-quarantine {short} -e {workspace.name}")
    _document(
        screen,
        workspace,
        planned,
        dry_run=False,
        seconds=took,
        reason=reason,
        kept_out=None if bad is None else bad.commit.sha,
    )


def _plan(
    workspace: Workspace, reader: LedgerReader, history: History, to: str | None, repair: bool
) -> RollbackPlan:
    from dbt_rewind.engine.rollback import choose_target, plan_rollback
    from dbt_rewind.engine.settings import rules_of

    target = choose_target(history, to, workspace.find_commit)
    rules = rules_of(workspace.config)
    return plan_rollback(reader, history, target, rules, repair=repair)


def _preview(screen: Screen, workspace: Workspace, to: str | None, repair: bool) -> RollbackPlan:
    """Plans over a connection that changes nothing and holds no lock while a person thinks."""
    from dbt_rewind.engine.mirror import check_mirror

    reader = workspace.connect_to_read()
    try:
        history = workspace.history(reader)
        check_mirror(workspace.mirror, workspace.name, history.events)
        planned = _plan(workspace, reader, history, to, repair)
    finally:
        reader.close()
    _say_plan(screen, workspace, planned)
    return planned


def _say_plan(screen: Screen, workspace: Workspace, planned: RollbackPlan) -> None:
    from dbt_rewind.cli.plan_words import (
        say_changes,
        say_inexact,
        say_moves,
        say_one_by_one,
        say_repair,
    )

    live, target = planned.live, planned.target
    screen.tell(f"{workspace.name}: {live.id} -> {target.id}")
    screen.tell(f"  from {live.id:5} {commit_words(live.commit)}")
    screen.tell(f"  to   {target.id:5} {commit_words(target.commit)}")
    built = f"built {moment(target.created_at)}, {ago(target.created_at)}"
    screen.tell(f"             {built}, {tests_words(target.tests)}")
    if planned.plan.repair is not None:
        say_repair(screen, planned.plan.repair)
    total = len(target.nodes)
    screen.tell(
        f"  {len(planned.plan.moves)} of {count(total, 'pointer')} move; nothing is rebuilt"
    )
    say_moves(screen, planned.plan.moves)
    say_one_by_one(screen, planned.plan)
    say_changes(screen, planned.findings)
    say_inexact(screen, planned.inexact)


def _confirm(workspace: Workspace, planned: RollbackPlan) -> None:
    from dbt_rewind.cli.confirm import confirm

    confirm(
        f"rolling {workspace.name} back to {planned.target.id}",
        f"Make {planned.target.id} live in {workspace.name}?",
    )


def _document(
    screen: Screen,
    workspace: Workspace,
    planned: RollbackPlan,
    *,
    dry_run: bool,
    seconds: float | None = None,
    reason: str = "",
    kept_out: str | None = None,
) -> None:
    if not screen.as_json:
        return
    from dbt_rewind.cli.plan_words import commit_facts, finding_facts, move_facts, repair_facts

    facts = {
        "environment": workspace.name,
        "dry_run": dry_run,
        "from": {"id": planned.live.id, "commit": commit_facts(planned.live)},
        "to": {"id": planned.target.id, "commit": commit_facts(planned.target)},
        "moves": [move_facts(move) for move in planned.plan.moves],
        "repair": repair_facts(planned.plan.repair),
        "gates": [finding_facts(finding) for finding in planned.findings],
        "not_exact": planned.inexact,
        "reason": reason,
        "quarantined": kept_out,
        "publish_seconds": None if seconds is None else round(seconds, 4),
    }
    screen.document("rollback", facts)
