"""`rewind tick`: do what is due, such as calling whom nobody has called yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dbt_rewind.cli.options import Env, Json, Quiet
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import clipped

if TYPE_CHECKING:
    from dbt_rewind.procedures.tick import Round


def register(app: typer.Typer) -> None:
    app.command("tick")(tick)


def tick(
    env: Env = None,
    everywhere: Annotated[
        bool, typer.Option("--all", help="In every environment, not in one.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Do what is due: call the next level where nobody answers, deliver messages.

    For cron and CI. Many at once do no harm; what one has missed, the next one does.
    """
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.errors import RewindError
    from dbt_rewind.procedures import tick as duties

    screen = Screen(as_json, quiet)
    found: list[dict[str, Any]] = []
    failed: list[RewindError] = []
    for name in _environments(env, everywhere):
        try:
            workspace = open_workspace(Path.cwd(), name)
            made = duties.tick(workspace, screen.warn)
        except RewindError as error:
            if not everywhere:
                raise
            # The other environments' incidents do not wait for this one.
            error.add_note(f"that is {name}; in the other environments, ticks went on")
            failed.append(error)
            continue
        _say(screen, workspace.name, made)
        found.append(_facts(workspace.name, made))
    for other in failed[1:]:
        screen.warn(f"{other.message} ({other.__notes__[0]})")
    if failed:
        raise failed[0]
    screen.document("tick", {"environments": found})


def _environments(env: str | None, everywhere: bool) -> Iterator[str | None]:
    from dbt_rewind.config.load import find_config, load_config
    from dbt_rewind.errors import UsageInvalid

    if not everywhere:
        yield env
        return
    if env is not None:
        raise UsageInvalid("--env names one environment, and --all means every one")
    yield from load_config(find_config(Path.cwd())).environments


def _say(screen: Screen, environment: str, made: Round) -> None:
    if not made.done:
        screen.tell(f"{environment}: nothing was due")
    for _, deed in made.done:
        screen.say(clipped(f"{environment}: {deed.about} {deed.words}", 80))
    if made.problem is not None:
        screen.warn(made.problem.message)


def _facts(environment: str, made: Round) -> dict[str, Any]:
    return {
        "environment": environment,
        "done": [
            {"duty": duty, "about": deed.about, "words": deed.words} for duty, deed in made.done
        ],
        "mirror_problem": made.problem and made.problem.message,
    }
