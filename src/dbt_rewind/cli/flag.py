"""`rewind flag`: take the models of one feature back, and bring them again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbt_rewind.cli.flag_switch import disable, enable
from dbt_rewind.cli.flag_sync import sync
from dbt_rewind.cli.group import register_group
from dbt_rewind.cli.options import Env, Json, Quiet
from dbt_rewind.cli.screen import Screen


def register(app: typer.Typer) -> None:
    register_group(
        app,
        "flag",
        "Take the models of one feature back without the rest, and bring them again.",
        (("list", list_), ("show", show), ("disable", disable), ("enable", enable), ("sync", sync)),
    )


def list_(env: Env = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """Every flag, whether it is on or off, and since when."""
    from dbt_rewind.cli.flag_words import say_brief, state_facts
    from dbt_rewind.engine.flags.standing import flag_states
    from dbt_rewind.engine.mirror import mirror_problem
    from dbt_rewind.engine.settings import flags_of
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    reader = workspace.connect_to_read()
    try:
        history = workspace.history(reader)
        states = flag_states(reader, history, flags_of(workspace.config))
        problem = mirror_problem(workspace.mirror, workspace.name, history.events)
    finally:
        reader.close()
    if not states:
        screen.say(f"{workspace.name}: rewind.yml has no flags")
    for state in states:
        say_brief(screen, state)
    if problem is not None:
        screen.warn(problem.message)
    facts = {
        "environment": workspace.name,
        "flags": [state_facts(state) for state in states],
        "mirror_problem": problem and problem.message,
    }
    screen.document("flag list", facts)


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A flag of rewind.yml.")],
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """One flag: its models, where it would go back to or has gone back to, and why."""
    from dbt_rewind.cli.flag_words import say_state, show_facts
    from dbt_rewind.engine.flags.look import look_at
    from dbt_rewind.engine.mirror import mirror_problem
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    reader = workspace.connect_to_read()
    try:
        history = workspace.history(reader)
        look = look_at(workspace, reader, history, name)
        problem = mirror_problem(workspace.mirror, workspace.name, history.events)
    finally:
        reader.close()
    say_state(screen, look)
    if problem is not None:
        screen.warn(problem.message)
    facts = {**show_facts(look), "mirror_problem": problem and problem.message}
    screen.document("flag show", {"environment": workspace.name, **facts})
