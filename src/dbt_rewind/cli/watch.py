"""`rewind watch`: looking at what is live for a while, and taking it back if the matrix says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from dbt_rewind.cli.options import Env, Json, Quiet
from dbt_rewind.cli.screen import Screen
from dbt_rewind.config.duration import parse_duration

LASTING: Final = timedelta(minutes=15)
EVERY: Final = timedelta(minutes=1)
SHORTEST: Final = timedelta(seconds=1)


def _time(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _interval(text: str) -> timedelta:
    found = _time(text)
    if found < SHORTEST:
        raise typer.BadParameter("must be 1s or more")
    return found


def register(app: typer.Typer) -> None:
    app.command("watch")(watch)


def watch(
    lasting: Annotated[
        timedelta | None,
        typer.Option(
            "--for", parser=_time, metavar="TIME", help="How long: 1h; 0s: once. Default: 15m."
        ),
    ] = None,
    every: Annotated[
        timedelta | None,
        typer.Option(
            "--every", parser=_interval, metavar="TIME", help="The time between looks. Default: 1m."
        ),
    ] = None,
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Assess what is live at intervals; roll it back where the matrix says at once, unasked.

    It goes back to the last healthy release only, and never past what a person has decided. Exit
    code 18: it was taken back; otherwise as `rewind assess` of the last look.
    """
    from dbt_rewind.cli.watch_words import follow
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.runbook import read_both

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    problem = read_both(workspace).problem
    if problem is not None:  # it could take nothing back, and must not seem to keep watch
        raise problem
    watched = follow(
        screen, workspace, None, LASTING if lasting is None else lasting, every or EVERY
    )
    screen.document("watch", {"environment": workspace.name, **watched.facts})
    watched.leave()
