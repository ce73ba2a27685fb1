"""`rewind verify`: is what users see whole, and what the ledger says it is?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dbt_rewind.cli.options import Env, Github, Json, Quiet
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import lasting, wrapped
from dbt_rewind.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dbt_rewind.engine.history import History
    from dbt_rewind.engine.workspace import Workspace
    from dbt_rewind.procedures.verify import Check, Verdict
    from dbt_rewind.warehouse.protocol import Warehouse

_COLOURS = {"passed": "green", "warned": "yellow", "failed": "red", "skipped": "yellow"}


def register(app: typer.Typer) -> None:
    app.command("verify")(verify)


def verify(
    env: Env = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Compare contents with the recorded fingerprints.")
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select", "-s", help="dbt tests to run, such as tag:critical; default: all."
        ),
    ] = None,
    tests: Annotated[bool, typer.Option("--tests/--no-tests", help="Run dbt's tests.")] = True,
    github: Github = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check the live release: code, pointers, row counts, contents, sample queries, dbt tests.

    Exit code 0: verified, 10: failed, 11: something could not be checked.
    """
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.errors import NothingLive
    from dbt_rewind.procedures.verify import Verdict, verdict

    screen = Screen(as_json, quiet, github)
    workspace = open_workspace(Path.cwd(), env)
    reader = workspace.connect_to_read()
    checks: list[Check] = []
    try:
        history = workspace.history(reader)
        if history.live is None:
            raise NothingLive(workspace.name)
        screen.tell(f"{workspace.name}: {history.live.id}")
        for check in _checks(workspace, reader, history, deep=deep, tests=tests, select=select):
            _say(screen, check)
            checks.append(check)
    finally:
        reader.close()
    answer = verdict(checks)
    colour = {"verified": "green", "failed": "red"}.get(answer.value, "yellow")
    left_out = "" if tests else " (dbt tests left out)"
    screen.say(
        f"{history.live.id} in {workspace.name}: {answer.value}{left_out}", fg=colour, bold=True
    )
    screen.document("verify", _facts(workspace.name, history.live.id, answer, checks))
    codes = {Verdict.FAILED: ExitCode.VERIFY_FAILED, Verdict.UNVERIFIED: ExitCode.UNVERIFIED}
    if answer in codes:
        raise typer.Exit(codes[answer])


def _checks(
    workspace: Workspace,
    reader: Warehouse,
    history: History,
    *,
    deep: bool,
    tests: bool,
    select: Sequence[str] | None,
) -> Iterator[Check]:
    from dbt_rewind.engine.ledger import read_release
    from dbt_rewind.engine.standing import live_distance
    from dbt_rewind.procedures.verify import (
        SampleQuery,
        check_code,
        check_ledger,
        check_warehouse,
    )

    if history.live is None:
        return
    release = read_release(reader, history.live)
    overwritten = {each.relation for each in history.overwritten(release)}
    queries = [
        SampleQuery(query.name, query.sql, query.max_seconds, query.min_rows)
        for query in workspace.config.verify.queries
    ]
    yield check_ledger(history, workspace.mirror)
    yield check_code(history.live, live_distance(workspace, reader))
    yield from check_warehouse(reader, release, queries, deep=deep, overwritten=overwritten)
    if tests:
        withheld = {node.unique_id for node in release.withheld}
        yield _run_tests(workspace, reader, history, tuple(select or ()), withheld)


def _run_tests(
    workspace: Workspace,
    reader: Warehouse,
    history: History,
    select: tuple[str, ...],
    withheld: Collection[str],
) -> Check:
    """Runs dbt's tests against the live relations, on the code they were built from."""
    from dbt_rewind.dbt.manifest import read_manifest
    from dbt_rewind.engine.ledger import read_artifact
    from dbt_rewind.errors import DbtError, NothingLive
    from dbt_rewind.procedures.live_tests import run_live_tests
    from dbt_rewind.procedures.verify import Check, CheckStatus, check_tests

    live = history.live
    if live is None:
        raise NothingLive(history.environment)
    name = f"the manifest of {live.id}"
    state = read_manifest(read_artifact(reader, live.manifest_digest, name), name)
    if reader.capabilities.exclusive:
        reader.close()
    began = time.perf_counter()
    try:
        built = run_live_tests(workspace, live.commit.sha, state, select, withheld)
    except DbtError as error:
        return Check("dbt tests", CheckStatus.SKIPPED, error.message)
    return check_tests(built.results, time.perf_counter() - began, selected=bool(select))


def _say(screen: Screen, check: Check) -> None:
    took = f" ({lasting(check.seconds)})" if check.seconds >= 0.05 else ""
    screen.tell(f"  {check.status.value:8}{check.name}{took}", fg=_COLOURS[check.status.value])
    for line in wrapped(" " * 10, check.evidence):
        screen.tell(line)
    for detail in check.details[:10]:
        screen.tell("\n".join(wrapped(" " * 12, detail)))
    if len(check.details) > 10:
        screen.tell(f"            and {len(check.details) - 10} more (--json has all)")


def _facts(environment: str, release: str, answer: Verdict, checks: list[Check]) -> dict[str, Any]:
    return {
        "environment": environment,
        "release": release,
        "verdict": answer,
        "checks": [
            {
                "name": check.name,
                "status": check.status,
                "evidence": check.evidence,
                "details": list(check.details),
                "seconds": round(check.seconds, 4),
            }
            for check in checks
        ],
    }
