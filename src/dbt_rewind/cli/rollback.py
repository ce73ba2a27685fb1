"""`rewind rollback`: make an earlier release live again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbt_rewind.cli.options import Emergency, Env, Github, Json, Quiet, Reason, Repair, Wait, Yes
from dbt_rewind.cli.screen import Screen
from dbt_rewind.errors import ReleaseIsLive
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
        RollbackStrategy | None,
        typer.Option(
            "--strategy",
            metavar="STRATEGY",
            help="revert, which is the default where there is a remote; reset, cherry-pick, data,"
            " restore.",
        ),
    ] = None,
    pick: Annotated[
        list[str] | None,
        typer.Option("--pick", help="cherry-pick: a commit to keep; default: all later ones."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", help="hotfix: revert, tag, tag:NAME or branch:NAME."),
    ] = None,
    data_only: Annotated[
        bool, typer.Option("--data-only", help="Leave the code as it is.")
    ] = False,
    code_only: Annotated[
        bool, typer.Option("--code-only", help="Take the code where the data is already.")
    ] = False,
    go_on: Annotated[
        bool, typer.Option("--continue", help="Go on where a conflict was put right.")
    ] = False,
    abort: Annotated[bool, typer.Option("--abort", help="Give up what is in conflict.")] = False,
    advise: Annotated[
        bool, typer.Option("--advise", help="Compare the ways out; change nothing.")
    ] = False,
    reason: Reason = "",
    emergency: Emergency = False,
    repair: Repair = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would move and be reverted; change nothing."),
    ] = False,
    backup: Annotated[
        str | None,
        typer.Option("--backup", help="Of a restore: which (B3); default: the newest."),
    ] = None,
    said: Annotated[
        str | None,
        typer.Option(
            "--confirm", metavar="TEXT", help="Of a restore: what is lost by it, word for word."
        ),
    ] = None,
    wait: Wait = None,
    yes: Yes = False,
    github: Github = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make an earlier release live again: only pointers move, so data size does not matter.

    Then the code goes back, too, by reverts on the environment's branch. Forward works the same
    way: name a later release with --to.
    """
    from dbt_rewind.cli.rollback_asked import Asked
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet, github)
    workspace = open_workspace(Path.cwd(), env).waiting(wait, screen.tell_wrapped)
    picks = tuple(pick or ())
    asked = Asked(
        screen, workspace, to, reason, emergency, repair, dry_run, yes, picks, by or "revert"
    )
    _require_one(
        ("--data-only", data_only),
        ("--code-only", code_only),
        ("--continue", go_on),
        ("--abort", abort),
        ("--advise", advise),
    )
    if picks and strategy is not RollbackStrategy.CHERRY_PICK:
        raise typer.BadParameter("--pick needs --strategy cherry-pick")
    if by is not None and strategy is not RollbackStrategy.HOTFIX:
        raise typer.BadParameter("--by needs --strategy hotfix")
    if strategy is RollbackStrategy.RESTORE:
        from dbt_rewind.cli.rollback_restore import restore

        for name, value in (("--to", to), ("--data-only", data_only), ("--code-only", code_only)):
            _require_one(("--strategy restore", True), (name, bool(value)))
        restore(asked, backup, said)
        return
    for name, value in (("--backup", backup), ("--confirm", said)):
        if value is not None:
            raise typer.BadParameter("it belongs to --strategy restore", param_hint=name)
    if advise:
        from dbt_rewind.cli.rollback_advise import compare

        compare(asked)
        return
    if go_on or abort:
        from dbt_rewind.cli.rollback_conflict import abort_code, continue_code

        (continue_code if go_on else abort_code)(asked)
        return
    if code_only:
        from dbt_rewind.cli.rollback_code import roll_code_only

        roll_code_only(asked, strategy)
        return
    if data_only:
        _require_one(("--data-only", True), (f"--strategy {strategy}", strategy is not None))
        strategy = RollbackStrategy.DATA
    from dbt_rewind.cli.rollback_data import roll_back

    try:
        roll_back(asked, strategy)
    except ReleaseIsLive:
        from dbt_rewind.cli.rollback_code import is_code_left, roll_code_only

        if not is_code_left(asked, strategy):
            raise
        # What was killed between the two is gone on with by the same command.
        roll_code_only(asked, strategy)


def _require_one(*options: tuple[str, bool]) -> None:
    given = [name for name, value in options if value]
    if len(given) > 1:
        raise typer.BadParameter(f"{given[0]} and {given[1]} exclude each other")
