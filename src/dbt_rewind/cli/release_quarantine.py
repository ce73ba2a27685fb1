"""`rewind release-quarantine`: let a commit be deployed again that was rolled back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbt_rewind.cli.options import Env, Json, Quiet, Reason
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import wrapped


def register(app: typer.Typer) -> None:
    app.command("release-quarantine")(release_quarantine)


def release_quarantine(
    commit: Annotated[
        str | None,
        typer.Argument(help="A commit, tag or release (r7); default: the only one there."),
    ] = None,
    env: Env = None,
    reason: Reason = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Let a commit that was rolled back be deployed again; needs --reason."""
    from dbt_rewind.cli.asking import asked_for
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.engine.asking import asking_of
    from dbt_rewind.engine.quarantine import find_quarantined, lift
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.errors import ReasonNeeded

    if not reason.strip():
        raise ReasonNeeded("release-quarantine")
    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    with (
        asked_for(screen, workspace, reason),
        operating(workspace.site("release-quarantine"), "release-quarantine") as held,
    ):
        ledger, recovery = held
        say_recovery(screen, recovery)
        entry = find_quarantined(ledger.history, commit, workspace.find_commit)
        lift(ledger, entry, asking_of(workspace), reason=reason)
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    words = f"{entry.commit.sha[:7]}, rolled back as {entry.id}, may be deployed to"
    screen.say("\n".join(wrapped("", f"{words} {workspace.name} again")), fg="green")
    screen.document(
        "release-quarantine",
        {
            "environment": workspace.name,
            "commit": entry.commit.sha,
            "release": entry.id,
            "reason": reason,
        },
    )
