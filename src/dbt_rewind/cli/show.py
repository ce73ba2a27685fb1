"""`rewind show`: one release whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dbt_rewind.cli.options import Env, Json, Quiet
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import commit_words, count, lasting, moment, tests_words, wrapped
from dbt_rewind.model import EventKind, ReleaseKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dbt_rewind.cli.retention_words import Retention
    from dbt_rewind.engine.history import History, ReleaseSummary
    from dbt_rewind.engine.undoing import Inexact
    from dbt_rewind.model import Event, FailedNode, Release, ReleaseNode


def register(app: typer.Typer) -> None:
    app.command("show")(show)


def show(
    release: Annotated[str, typer.Argument(help="A release (r12), tag or commit.")],
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """One release whole: what was built and reused, tests, timings, failures, events."""
    from dbt_rewind.cli.retention_words import read_retention
    from dbt_rewind.engine.ledger import read_release
    from dbt_rewind.engine.mirror import mirror_problem
    from dbt_rewind.engine.target import find_release
    from dbt_rewind.engine.undoing import inexact_release
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    reader = workspace.connect_to_read()
    try:
        known = workspace.history(reader)
        summary = find_release(known, release, workspace.find_commit)
        record = read_release(reader, summary) if summary.record_digest else None
        problem = mirror_problem(workspace.mirror, workspace.name, known.events)
    finally:
        reader.close()
    retention = read_retention(known, workspace.config)
    inexact = inexact_release(known, record) if record else ()
    _say(screen, retention, summary, record, inexact)
    if problem is not None:
        screen.warn(problem.message)
    facts = {
        **_facts(known, summary, record),
        **retention.facts(summary.number),
        "not_exact": inexact,
    }
    screen.document("show", {**facts, "mirror_problem": problem and problem.message})


def _say(
    screen: Screen,
    retention: Retention,
    summary: ReleaseSummary,
    record: Release | None,
    inexact: Sequence[Inexact],
) -> None:
    from dbt_rewind.cli.plan_words import say_findings, say_inexact
    from dbt_rewind.engine.history import ReleaseState

    known = retention.known
    screen.say(f"{summary.id} in {known.environment}: {summary.state.value}", bold=True)
    screen.say(f"  commit    {commit_words(summary.commit)}")
    screen.say(f"  author    {summary.commit.author}")
    screen.say(f"  made      {moment(summary.created_at)} by {summary.created_by}")
    screen.say(f"  way back  {retention.way_back(summary.number)}")
    if summary.state is ReleaseState.PRUNED:
        screen.say("  pruned    its relations are gone; what follows is the record of it")
    if summary.state is ReleaseState.LOST:
        screen.say("  lost      with the database that a backup has replaced; of its relations and")
        screen.say("            its record nothing is left, and what follows is what events tell")
    if record is not None:
        screen.say(f"  took      {lasting(record.seconds)} with dbt {record.dbt_version}")
        screen.say(f"  tests     {tests_words(record.tests)}")
        _say_nodes(screen, record)
        _say_flags(screen, record)
        if record.gates:
            screen.say(f"\ngates, compared with r{record.base}")
            say_findings(screen, record.gates)
        if inexact:
            screen.say("\nthe way back")
            say_inexact(screen, inexact)
        for heading, nodes in (("warned", record.warnings), ("failed", record.failures)):
            for node in nodes:
                _say_failure(screen, heading, node)
    screen.say("\nevents")
    for event in known.events_of(summary.number):
        when = f"  {event.sequence:>4}  {moment(event.at)}  "
        screen.say("\n".join(wrapped(when, _event_words(event, summary.number))))


def _say_nodes(screen: Screen, record: Release) -> None:
    screen.say(f"\nrelations ({len(record.nodes)})")
    for node in record.nodes:
        made = "adopted" if record.kind is ReleaseKind.ADOPT else "built"
        how = made if node.built_by == record.number else f"from r{node.built_by}"
        screen.say(f"  {how:9} {node.pointer}")
        screen.say(f"            {_node_figures(node)}")
    for unique_id in record.pending:
        screen.say(f"  left out  {unique_id}: changed, but not selected")


def _say_flags(screen: Screen, record: Release) -> None:
    from dbt_rewind.cli.flag_words import off_words

    if record.off:
        screen.say("\nflags that are off")
    for off in record.off:
        screen.say("\n".join(wrapped(f"  {off.flag}: ", off_words(off))))
    for node in record.withheld:
        screen.say(f"  built and not shown: {node.pointer} of r{node.built_by}")


def _node_figures(node: ReleaseNode) -> str:
    if node.follows_sources:
        words = f"{node.materialized}, follows its sources"
    else:
        rows = "not measured" if node.rows is None else count(node.rows, "row")
        words = f"{node.materialized}, {rows}"
    words += f", written in place ({node.in_place})" if node.in_place else ""
    return words + (f", {lasting(node.seconds)}" if node.seconds is not None else "")


def _say_failure(screen: Screen, heading: str, node: FailedNode) -> None:
    colour = "red" if heading == "failed" else "yellow"
    screen.say(f"\n{heading}: {node.unique_id}", fg=colour)
    if node.file:
        screen.say(f"  in {node.file}")
    if node.rows_in:
        screen.say(f"  rows in {node.rows_in}")
    for line in node.message.strip().splitlines():
        screen.say(f"  {line}")
    if node.compiled_sql and heading == "failed":
        screen.say("  compiled SQL:")
        for line in node.compiled_sql.strip().splitlines():
            screen.say(f"    {line}".rstrip())


def _event_words(event: Event, number: int) -> str:
    payload = event.payload
    words = event.kind.value
    if event.kind is EventKind.PUBLISHED:
        words += f" by {payload['operation']}"
        if payload["release"] != number:
            words = f"left by {payload['operation']} to r{payload['release']}"
    if event.kind is EventKind.RESTORED:
        words = _restored_words(event, number)
    if event.kind is EventKind.BLOCKED:
        words += f": {payload['message']}"
    if payload.get("reason"):
        words += f": {payload['reason']}"
    return words


def _restored_words(event: Event, number: int) -> str:
    payload = event.payload
    source = f"from {payload['backup']}" if payload["backup"] else "by hand"
    if number in payload["releases"]:
        return f"lost: the database was restored {source}"
    return f"{'live again' if number == payload['release'] else 'left'}: restored {source}"


def _facts(known: History, summary: ReleaseSummary, record: Release | None) -> dict[str, Any]:
    from dbt_rewind.cli.plan_words import release_facts, summary_facts

    return {
        "environment": known.environment,
        **summary_facts(summary),
        "record": release_facts(record) if record else None,
        "events": [
            {
                "sequence": event.sequence,
                "at": event.at,
                "kind": event.kind,
                "payload": event.payload,
                "hash": event.hash,
            }
            for event in known.events_of(summary.number)
        ],
    }
