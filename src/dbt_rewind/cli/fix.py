"""`rewind fix`: mend what is live on a branch of its own, and bring nothing else with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.group import register_group
from dbt_rewind.cli.options import (
    Accept,
    DryRun,
    Emergency,
    Env,
    Json,
    Quiet,
    Reason,
    Turn,
    Wait,
    Watching,
)
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import clipped, count, wrapped

if TYPE_CHECKING:
    from dbt_rewind.procedures.fix import Fix, Started


def register(app: typer.Typer) -> None:
    register_group(
        app,
        "fix",
        "Mend what is live on a branch of its own, and bring nothing else with it.",
        (("start", start), ("ship", ship)),
    )


def start(
    name: Annotated[
        str | None, typer.Argument(help="The branch is fix/NAME; default: release and time.")
    ] = None,
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a branch from the live release's commit, and check it out where nothing can be lost."""
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.fix import start_fix

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    started = start_fix(workspace, name)
    _say_started(screen, workspace.name, started)
    screen.document(
        "fix start",
        {
            "environment": workspace.name,
            "branch": started.branch,
            "release": started.live.id,
            "commit": started.live.commit.sha,
            "checked_out": not started.in_the_way,
            "in_the_way": started.in_the_way,
        },
    )


def ship(
    ref: Annotated[
        str | None, typer.Argument(help="The fix's branch; default: the checkout.")
    ] = None,
    env: Env = None,
    turn: Turn = None,
    accept: Accept = None,
    dry_run: DryRun = False,
    reason: Reason = "",
    emergency: Emergency = False,
    wait: Wait = None,
    watch: Watching = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Deploy a fix: what it changes and what depends on that. It is next when others are done."""
    from dbt_rewind.cli.deploy import deploy
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.fix import find_fix, wait_for_turn

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    if not dry_run:
        patience = timedelta(minutes=15) if turn is None else turn
        wait_for_turn(workspace, patience, screen.tell_wrapped)
    fix = find_fix(workspace, ref)
    _say_fix(screen, fix)
    deploy(
        ref=None if ref is None else fix.sha,
        env=workspace.name,
        accept=accept,
        dry_run=dry_run,
        reason=reason,
        emergency=emergency,
        wait=wait,
        watch=watch,
        as_json=as_json,
        quiet=quiet,
    )
    if not dry_run:
        branch = workspace.environment.branch or "your branch"
        screen.tell(
            "\n".join(wrapped("  next  ", f"merge {fix.ref} into {branch}, so that it stays"))
        )


def _say_started(screen: Screen, environment: str, started: Started) -> None:
    live = started.live
    screen.say(
        f"{started.branch} begins at {live.id} ({live.commit.sha[:7]})", fg="green", bold=True
    )
    if started.in_the_way:
        words = f"it is not checked out, because of {', '.join(started.in_the_way[:3])}"
        screen.say("\n".join(wrapped("  ", words)), fg="yellow")
        screen.say(f"  commit or stash them, then: git switch {started.branch}")
    screen.tell(f"  mend it, commit, then  rewind fix ship -e {environment}")


def _say_fix(screen: Screen, fix: Fix) -> None:
    screen.tell(f"{fix.ref}: {count(len(fix.commits), 'commit')} on top of {fix.live.id}")
    for commit in fix.commits[:5]:
        screen.tell(clipped(f"    {commit.sha[:7]}  {commit.subject}", 80))
