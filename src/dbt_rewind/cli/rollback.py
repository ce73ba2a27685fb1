"""`rewind rollback`: make an earlier release live again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, assert_never

import typer

from dbt_rewind.cli.options import Emergency, Env, Github, Json, Quiet, Reason, Repair, Wait, Yes
from dbt_rewind.cli.screen import Screen
from dbt_rewind.model import RollbackStrategy


def register(app: typer.Typer) -> None:
    app.command("rollback")(rollback)


def rollback(
    to: Annotated[
        str | None,
        typer.Option("--to", help="Release, tag or commit; default: the last healthy one before."),
    ] = None,
    env: Env = None,
    strategy: Annotated[
        RollbackStrategy,
        typer.Option("--strategy", help="What is taken back beside what users see."),
    ] = RollbackStrategy.DATA,
    reason: Reason = "",
    emergency: Emergency = False,
    repair: Repair = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show every pointer that would move; change nothing.")
    ] = False,
    wait: Wait = None,
    yes: Yes = False,
    github: Github = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make an earlier release live again: only pointers move, so data size does not matter.

    Forward works the same way: name a later release with --to.
    """
    from dbt_rewind.cli.rollback_asked import Asked
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet, github)
    workspace = open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)
    asked = Asked(screen, workspace, to, reason, emergency, repair, dry_run, yes)
    match strategy:
        case RollbackStrategy.DATA:
            from dbt_rewind.cli.rollback_data import roll_data_back

            roll_data_back(asked)
        case _:
            assert_never(strategy)
