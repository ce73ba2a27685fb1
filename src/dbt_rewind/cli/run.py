"""`rewind run`: the runs of the repository's workflows, as they go and as they went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from dbt_rewind.cli.group import register_group
from dbt_rewind.cli.options import Json, Quiet, duration, interval
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import ago, clipped, moment
from dbt_rewind.errors import ExitCode

if TYPE_CHECKING:
    from dbt_rewind.integrations.github_runs import Job, Run
    from dbt_rewind.procedures.runs import StepLog

LIMIT: Final = timedelta(hours=2)

RunArgument = Annotated[
    str | None, typer.Argument(metavar="RUN", help="Its id or address; default: the newest one.")
]
Branch = Annotated[
    str | None, typer.Option("--branch", help="Runs on this branch; default: the current one.")
]
CommitOption = Annotated[
    str | None, typer.Option("--commit", help="Runs of this commit, tag or branch's tip.")
]
Workflow = Annotated[
    str | None, typer.Option("--workflow", help="Runs of this workflow: deploy.yml.")
]


def register(app: typer.Typer) -> None:
    register_group(
        app,
        "run",
        "See the runs of workflows on GitHub: which, how far, why they failed.",
        (("list", list_runs), ("watch", watch), ("logs", logs)),
    )


def list_runs(
    branch: Annotated[str | None, typer.Option("--branch", help="Only on this branch.")] = None,
    commit: CommitOption = None,
    workflow: Workflow = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="How many.")] = 10,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the latest runs of workflows, the newest first."""
    from dbt_rewind.procedures.runs import Wanted, latest_runs, open_runs

    screen = Screen(as_json, quiet)
    repository, runs = open_runs(Path.cwd())
    sha = repository.resolve(commit) if commit is not None else None
    found = latest_runs(runs, Wanted(None, branch, sha, workflow), limit)
    if not found:
        screen.say("there are no such runs")
    for run in found:
        _say_run(screen, run)
    screen.document("run list", {"runs": [_facts(run) for run in found]})


def watch(
    run: RunArgument = None,
    branch: Branch = None,
    commit: CommitOption = None,
    workflow: Workflow = None,
    every: Annotated[
        timedelta | None,
        typer.Option(
            "--every", parser=interval, metavar="TIME", help="How often to look; default: 30s."
        ),
    ] = None,
    limit: Annotated[
        timedelta | None,
        typer.Option(
            "--for", parser=duration, metavar="TIME", help="How long at the most; default: 2h."
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look at a run until it has ended; one that was just pushed may take a while to appear.

    Exit code 0: it has succeeded, 25: it has not, 11: it had not ended by then.
    """
    from dbt_rewind.integrations.github_runs import ENDED
    from dbt_rewind.procedures.runs import EVERY, open_runs, wanted, watch_run

    screen = Screen(as_json, quiet)
    repository, runs = open_runs(Path.cwd())
    chosen = wanted(repository, run, branch=branch, commit=commit, workflow=workflow)
    found = watch_run(
        runs,
        chosen,
        every=every or EVERY,
        limit=LIMIT if limit is None else limit,
        tell=_Seen(screen),
        warn=screen.warn,
    )
    good = found.is_good
    words = f"{found.workflow} {found.id}: {found.state}"
    screen.say(words, fg="green" if good else "red", bold=True)
    if found.status == ENDED and not good:
        screen.tell(f"  why            rewind run logs {found.id}")
    screen.document("run watch", _facts(found))
    if found.status != ENDED:
        raise typer.Exit(ExitCode.UNVERIFIED)
    if not good:
        raise typer.Exit(ExitCode.RUN_FAILED)


def logs(
    run: RunArgument = None,
    branch: Branch = None,
    commit: CommitOption = None,
    workflow: Workflow = None,
    whole: Annotated[bool, typer.Option("--all", help="All jobs, not only what failed.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what the failed steps of a run have logged."""
    from dbt_rewind.procedures.runs import failed_logs, find_run, open_runs, wanted

    screen = Screen(as_json, quiet)
    repository, runs = open_runs(Path.cwd())
    chosen = wanted(repository, run, branch=branch, commit=commit, workflow=workflow)
    found = find_run(runs, chosen)
    screen.tell(f"{found.workflow} {found.id}: {found.state}, {found.address}")
    told: list[StepLog] = []
    for each in failed_logs(runs, found, whole=whole):
        _say_log(screen, each)
        told.append(each)
    if not told:
        screen.say("no job has failed; --all shows what they have logged")
    screen.document("run logs", {**_facts(found), "logs": [_log_facts(each) for each in told]})


class _Seen:
    """Tells what has changed from one look to the next."""

    def __init__(self, screen: Screen) -> None:
        self._screen, self._before = screen, ""

    def __call__(self, run: Run, jobs: Sequence[Job]) -> None:
        if not self._before:
            self._screen.tell(f"{run.workflow} {run.id}: {run.address}")
        words = f"  {run.state:12} {_progress(jobs)}".rstrip()
        if words != self._before:
            self._screen.tell(words)
        self._before = words


def _progress(jobs: Sequence[Job]) -> str:
    done = sum(job.conclusion is not None for job in jobs)
    at = [
        f"{job.name}: {step.name}"
        for job in jobs
        for step in job.steps
        if step.status == "in_progress"
    ]
    return clipped("; ".join((f"{done} of {len(jobs)} jobs", *at)), 62) if jobs else ""


def _say_run(screen: Screen, run: Run) -> None:
    colour = {"success": "green", "failure": "red"}.get(run.state)
    when = f"{moment(run.started_at)}, {ago(run.started_at)}"
    screen.say(f"{run.id:<12} {run.state:12} {clipped(run.workflow, 24)}", fg=colour)
    branch = clipped(run.branch, 24)
    screen.tell(f"{'':12} {run.sha[:7]} {branch}  {when}")
    screen.tell(f"{'':12} {run.address}")


def _say_log(screen: Screen, log: StepLog) -> None:
    name = f"{log.job.name}: {log.step.name}" if log.step else log.job.name
    screen.say(name, bold=True)
    for line in log.lines:
        screen.say(f"  {line}")
    if not log.lines:
        screen.say("  (GitHub has no log of it)")


def _facts(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "workflow": run.workflow,
        "title": run.title,
        "event": run.event,
        "branch": run.branch,
        "sha": run.sha,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started_at,
        "address": run.address,
    }


def _log_facts(log: StepLog) -> dict[str, Any]:
    return {
        "job": log.job.name,
        "step": log.step and log.step.name,
        "conclusion": log.step.conclusion if log.step else log.job.conclusion,
        "lines": list(log.lines),
    }
