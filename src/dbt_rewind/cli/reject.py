"""`rewind reject`: saying no to a request."""

from __future__ import annotations

from typing import Annotated

import typer

from dbt_rewind.cli.approve import Wanted, respond
from dbt_rewind.cli.options import Env, Json, Quiet, Yes
from dbt_rewind.cli.screen import Screen
from dbt_rewind.errors import ReasonNeeded


def register(app: typer.Typer) -> None:
    app.command("reject")(reject)


def reject(
    request: Wanted = None,
    env: Env = None,
    reason: Annotated[str, typer.Option("--reason", help="Why not; whoever asked is told.")] = "",
    yes: Yes = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say no to what somebody asks for, and why; whoever asked can take it back so, too."""
    if not reason.strip():
        raise ReasonNeeded("a rejection")
    respond(request, env, reason, approves=False, yes=yes, screen=Screen(as_json, quiet))
