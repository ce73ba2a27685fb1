"""`rewind incident note`, `ack` and `close`: what is done about an incident."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbt_rewind.cli.options import Env, Json, Quiet
from dbt_rewind.cli.screen import Screen

Wanted = Annotated[
    str | None,
    typer.Argument(metavar="[ID]", help="An incident (I3); default: the open one opened last."),
]


def note(
    words: Annotated[
        list[str],
        typer.Argument(metavar="TEXT", help="What to add; an incident (I3) may stand before it."),
    ],
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Add a line to an incident, also to a closed one."""
    from dbt_rewind.cli.incident_words import incident_facts
    from dbt_rewind.cli.words import clipped, on_one_line
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.announce import announce
    from dbt_rewind.procedures.incident import add_note, find_incident, is_incident_id
    from dbt_rewind.procedures.messages import incident_noted
    from dbt_rewind.procedures.runbook import holding_runbook

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    wanted, text = (words[0], words[1:]) if is_incident_id(words[0]) else (None, words)
    with holding_runbook(workspace) as (book, _):
        found = find_incident(book.runbook, wanted)
        noted = add_note(book, found, text=" ".join(text), by=workspace.person)
    if book.mirror_problem:
        screen.warn(book.mirror_problem)
    title = clipped(on_one_line(noted.title), 50)
    screen.say(f"{noted.id} in {workspace.name} has a note more: {title}", fg="green")
    announcement = incident_noted(workspace.name, noted, noted.notes[-1])
    announce(workspace, announcement, screen.warn)
    screen.document(
        "incident note", {"environment": workspace.name, "incident": incident_facts(noted)}
    )


def ack(
    incident: Wanted = None,
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say that you have an incident in hand; nobody further is called."""
    from dbt_rewind.cli.incident_words import incident_facts, say_in_hand
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.announce import announce
    from dbt_rewind.procedures.incident import acknowledge, find_incident
    from dbt_rewind.procedures.messages import incident_acknowledged
    from dbt_rewind.procedures.runbook import holding_runbook

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    with holding_runbook(workspace) as (book, _):
        found = find_incident(book.runbook, incident)
        held, is_new = acknowledge(book, found, by=workspace.person)
    if book.mirror_problem:
        screen.warn(book.mirror_problem)
    say_in_hand(screen, held, is_new)
    if is_new:
        announce(workspace, incident_acknowledged(workspace.name, held), screen.warn)
    screen.document(
        "incident ack",
        {
            "environment": workspace.name,
            "incident": incident_facts(held),
            "changed": is_new,
        },
    )


def close(
    note: Annotated[str, typer.Option("--note", help="What came of it.")],
    incident: Wanted = None,
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say that an incident is over, and what came of it."""
    from dbt_rewind.cli.incident_words import incident_facts, say_brief
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures import incident as incidents
    from dbt_rewind.procedures.announce import announce
    from dbt_rewind.procedures.messages import incident_closed
    from dbt_rewind.procedures.runbook import holding_runbook

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    with holding_runbook(workspace) as (book, _):
        found = incidents.find_incident(book.runbook, incident)
        closed = incidents.close(book, found, note=note, by=workspace.person)
        said = book.runbook.events[-1].payload["note"]
    if book.mirror_problem:
        screen.warn(book.mirror_problem)
    say_brief(screen, workspace.name, closed)
    announce(workspace, incident_closed(workspace.name, closed, said), screen.warn)
    screen.document(
        "incident close", {"environment": workspace.name, "incident": incident_facts(closed)}
    )
