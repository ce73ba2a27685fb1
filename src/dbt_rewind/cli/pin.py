"""`rewind pin`: keep a release from every prune."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbt_rewind.cli.options import Env, Json, Quiet, Reason
from dbt_rewind.cli.screen import Screen


def register(app: typer.Typer) -> None:
    app.command("pin")(pin)


def pin(
    release: Annotated[str, typer.Argument(help="A release (r12), tag or commit.")],
    env: Env = None,
    reason: Reason = "",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Keep a release: no prune drops it until it is unpinned."""
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.engine import pins
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.target import find_release
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    with operating(workspace.site("pin"), "pin") as (ledger, recovery):
        say_recovery(screen, recovery)
        found = find_release(ledger.history, release, workspace.find_commit)
        is_new = pins.pin(ledger, found, reason=reason, by=ledger.lease.owner.person)
        kept = ledger.history.pins[found.number]
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    if is_new:
        screen.say(f"{found.id} is pinned in {workspace.name}: no prune drops it", fg="green")
    else:
        screen.say(f"{found.id} is pinned already{f': {kept}' if kept else ''}")
    screen.document(
        "pin",
        {
            "environment": workspace.name,
            "release": found.id,
            "pinned": kept,
            "changed": is_new,
        },
    )
