"""`rewind notify`: find out whether notices arrive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dbt_rewind.cli.group import register_group
from dbt_rewind.cli.options import Env, Json, Quiet
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import wrapped
from dbt_rewind.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dbt_rewind.procedures.trial import Tried


def register(app: typer.Typer) -> None:
    register_group(
        app,
        "notify",
        "Find out whether notices arrive.",
        (("test", try_out),),
    )


def try_out(
    channel: Annotated[
        str | None, typer.Option("--channel", help="Only the channel of this name.")
    ] = None,
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Send a test message to each channel now, and say what came of it.

    GitHub gets an issue that is closed at once. Exit code 0: all took it, 15: one did not.
    """
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.trial import Result, try_channels

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    tried = try_channels(workspace, channel)
    for each in tried:
        _say(screen, each)
    taken = sum(each.result is Result.TAKEN for each in tried)
    of = f"{len(tried)} channel{'s' if len(tried) != 1 else ''}"
    colour = "green" if taken == len(tried) else "red"
    screen.say(f"{workspace.name}: {taken} of {of} took a test message", fg=colour, bold=True)
    screen.document("notify test", _facts(workspace.name, tried))
    if taken < len(tried):
        raise typer.Exit(ExitCode.UNWELL)


def _say(screen: Screen, tried: Tried) -> None:
    is_taken = tried.result.value == "taken"
    say = screen.tell if is_taken else screen.say
    say(f"  {tried.result.value:11}{tried.channel}", fg="green" if is_taken else "red")
    for label, words in (("", tried.problem), ("fix: ", tried.fix), ("see ", tried.link)):
        if words:
            say("\n".join(wrapped(" " * 13 + label, words)))


def _facts(environment: str, tried: Sequence[Tried]) -> dict[str, Any]:
    return {
        "environment": environment,
        "channels": [
            {
                "channel": each.channel,
                "result": each.result,
                "problem": each.problem,
                "fix": each.fix,
                "link": each.link,
            }
            for each in tried
        ],
    }
