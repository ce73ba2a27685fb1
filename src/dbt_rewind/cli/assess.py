"""`rewind assess`: is this bad enough, for what, and who must say yes?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dbt_rewind.cli.options import Env, Github, Json, Quiet
from dbt_rewind.cli.screen import Screen
from dbt_rewind.errors import ExitCode
from dbt_rewind.model import Severity

if TYPE_CHECKING:
    from dbt_rewind.config.triggers import TriggersConfig
    from dbt_rewind.procedures.triggers.all import Extent
    from dbt_rewind.procedures.triggers.report import Report


def register(app: typer.Typer) -> None:
    app.command("assess")(assess)


def assess(
    env: Env = None,
    report: Annotated[
        str | None, typer.Option("--report", help="What you have seen, in your words.")
    ] = None,
    severity: Annotated[
        Severity | None,
        typer.Option("--severity", help="How bad the report is; default: high."),
    ] = None,
    run_tests: Annotated[
        bool, typer.Option("--run-tests", help="Run dbt's tests on what is live.")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="All that takes longer, dbt's tests included.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look and decide; record nothing.")
    ] = False,
    github: Github = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look at the live release, and say what is to be done, by when, and who must say yes.

    Exit code 0: nothing found, 20: critical, 21: high, 22: medium, 23: low, 11: nothing found, but
    something could not be looked at.
    """
    from dbt_rewind.cli.assess_words import (
        facts_of,
        say_decision,
        say_observation,
        say_outcome,
        severity_code,
    )
    from dbt_rewind.engine.mirror import mirror_problem
    from dbt_rewind.engine.policy import configured_policy, policy_in_force, triggers_in_force
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures import assess as procedure
    from dbt_rewind.procedures.triggers.all import all_triggers, left_out
    from dbt_rewind.procedures.triggers.subject import open_subject

    if severity is not None and report is None:
        raise typer.BadParameter("says how bad a --report is", param_hint="--severity")
    screen = Screen(as_json, quiet, github)
    workspace = open_workspace(Path.cwd(), env)
    configured = configured_policy(workspace.config, workspace.name)
    reports = _reports(report, severity, workspace.person)
    with open_subject(workspace) as subject:
        screen.tell(f"{workspace.name}: {subject.live.id}")
        broken = mirror_problem(workspace.mirror, workspace.name, subject.history.events)
        policy = policy_in_force(subject.reader, subject.history, configured)
        settings = triggers_in_force(workspace.config, policy)
        if settings != workspace.config.triggers:
            screen.warn("the triggers are those in force, not rewind.yml's: `rewind policy show`")
        extent = _extent(settings, run_tests=run_tests, deep=deep)
        found = procedure.assess(
            subject,
            all_triggers(settings, extent, reports),
            policy,
            lambda seen: say_observation(screen, seen),
        )
    left = left_out(extent)
    recorded = None
    problem = broken.message if broken else None
    if found.decision is not None and not dry_run:
        recorded = procedure.record(workspace, found.decision, policy, screen.warn)
        problem = recorded.mirror_problem or problem
    if problem:
        screen.warn(problem)
    say_outcome(screen, workspace.name, found, recorded, left)
    say_decision(screen, workspace.name, found, policy, recorded)
    facts = facts_of(workspace.name, found, policy, recorded, left)
    screen.document("assess", {**facts, "mirror_problem": problem})
    if found.decision is not None:
        raise typer.Exit(severity_code(found.decision.severity))
    if found.unseen:
        raise typer.Exit(ExitCode.UNVERIFIED)


def _extent(settings: TriggersConfig, *, run_tests: bool, deep: bool) -> Extent:
    from dataclasses import replace

    from dbt_rewind.procedures.triggers.all import extent_of

    extent = extent_of(settings)
    return replace(
        extent,
        tests=extent.tests or run_tests or deep,
        integrity=extent.integrity or deep,
        freshness=extent.freshness or deep,
    )


def _reports(text: str | None, severity: Severity | None, by: str) -> tuple[Report, ...]:
    from dbt_rewind.procedures.triggers.report import Report

    if text is None:
        return ()
    words = " ".join(text.split())
    if not words:
        raise typer.BadParameter("says nothing", param_hint="--report")
    return (Report(words, severity or Severity.HIGH, by),)
