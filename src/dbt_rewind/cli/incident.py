"""`rewind incident`: open one, list them, show what happened around one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbt_rewind.cli.group import register_group
from dbt_rewind.cli.incident_acts import Wanted, ack, close, note
from dbt_rewind.cli.options import Env, Json, Quiet
from dbt_rewind.cli.screen import Screen
from dbt_rewind.model import Severity


def register(app: typer.Typer) -> None:
    register_group(
        app,
        "incident",
        "Open an incident, see what happened, have it in hand, close it.",
        (
            ("open", open_),
            ("list", list_),
            ("show", show),
            ("note", note),
            ("ack", ack),
            ("close", close),
        ),
    )


def open_(
    title: Annotated[str, typer.Argument(help="What is wrong, in a few words.")],
    severity: Annotated[
        Severity, typer.Option("--severity", help="How bad it is.")
    ] = Severity.HIGH,
    release: Annotated[
        str | None,
        typer.Option("--release", help="The release it is about; default: the live one."),
    ] = None,
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Open an incident of a release, and tell those who have to know."""
    from dbt_rewind.cli.incident_words import incident_facts, say_brief
    from dbt_rewind.cli.words import clipped
    from dbt_rewind.engine.target import find_release
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.escalation import tell_opened
    from dbt_rewind.procedures.incident import open_incident
    from dbt_rewind.procedures.runbook import holding_runbook

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    with holding_runbook(workspace) as (book, history):
        found = find_release(history, release, workspace.find_commit) if release else history.live
        opened = open_incident(
            book,
            title=title,
            severity=severity,
            releases=(found.number,) if found else (),
            by=workspace.person,
        )
    if book.mirror_problem:
        screen.warn(book.mirror_problem)
    say_brief(screen, workspace.name, opened)
    calls = tell_opened(workspace, opened, is_new=True, warn=screen.warn)
    for call in calls:
        if call.incident.number == opened.number:
            opened = call.incident
            screen.tell(clipped(f"  called           {call.words}", 80))
    screen.tell(f"  take it in hand  rewind incident ack {opened.id} -e {workspace.name}")
    screen.tell(f"  look at it       rewind incident show {opened.id} -e {workspace.name}")
    facts = {"environment": workspace.name, "incident": incident_facts(opened)}
    screen.document("incident open", facts)


def list_(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The open incidents, newest first."""
    from dbt_rewind.cli.incident_words import incident_facts, say_list
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.runbook import read_both

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    read = read_both(workspace)
    known = read.runbook.incidents
    shown = [known[n] for n in sorted(known, reverse=True) if everything or known[n].is_open]
    say_list(screen, workspace.name, shown, len(known))
    if read.problem is not None:
        screen.warn(read.problem.message)
    screen.document(
        "incident list",
        {
            "environment": workspace.name,
            "total": len(known),
            "incidents": [incident_facts(each) for each in shown],
            "mirror_problem": read.problem and read.problem.message,
        },
    )


def show(
    incident: Wanted = None,
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """One incident whole, with all that happened around it in the order of time."""
    from dbt_rewind.cli.incident_words import call_facts, incident_facts, say_incident
    from dbt_rewind.cli.timeline_words import timeline_facts
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.escalation import coming_levels, ladder_of
    from dbt_rewind.procedures.incident import find_incident
    from dbt_rewind.procedures.runbook import read_both
    from dbt_rewind.procedures.timeline import timeline

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    read = read_both(workspace)
    found = find_incident(read.runbook, incident)
    events = timeline(read.history, read.runbook, found)
    coming = coming_levels(found, ladder_of(workspace.config, workspace.name))[:1]
    say_incident(screen, read, found, events, coming)
    if read.problem is not None:
        screen.warn(read.problem.message)
    screen.document(
        "incident show",
        {
            "environment": workspace.name,
            "incident": incident_facts(found),
            "next_call": next((call_facts(*each) for each in coming), None),
            "timeline": timeline_facts(read.runbook, events),
            "mirror_problem": read.problem and read.problem.message,
        },
    )
