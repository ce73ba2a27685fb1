"""`rewind unpin`: leave a release to the retention rules again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbt_rewind.cli.options import Env, Json, Quiet, Reason
from dbt_rewind.cli.screen import Screen


def register(app: typer.Typer) -> None:
    app.command("unpin")(unpin)


def unpin(
    release: Annotated[str, typer.Argument(help="A release (r12), tag or commit.")],
    env: Env = None,
    reason: Reason = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Let prunes drop a release again, as the retention rules say."""
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.engine import pins
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.target import find_release
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    with operating(workspace.site("unpin"), "unpin") as (ledger, recovery):
        say_recovery(screen, recovery)
        found = find_release(ledger.history, release, workspace.find_commit)
        was_pinned = pins.unpin(ledger, found, reason=reason, by=ledger.lease.owner.person)
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    if was_pinned:
        screen.say(f"{found.id} is not pinned any more in {workspace.name}", fg="green")
    else:
        screen.say(f"{found.id} was not pinned; nothing was changed")
    screen.document(
        "unpin",
        {
            "environment": workspace.name,
            "release": found.id,
            "pinned": None,
            "changed": was_pinned,
        },
    )
