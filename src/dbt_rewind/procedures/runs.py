"""Which run of a workflow is meant, how it is watched, and what of its log matters."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from dbt_rewind import clock
from dbt_rewind.config.load import find_config, load_config
from dbt_rewind.config.notify import know_channels
from dbt_rewind.errors import GithubFailed, GithubUnusable, RunNotFound
from dbt_rewind.git.repository import Repository
from dbt_rewind.integrations.channel import ChannelUnusable, DeliveryFailed, DeliveryRefused
from dbt_rewind.integrations.github_place import place_of
from dbt_rewind.integrations.github_runs import ENDED, GOOD, GithubRuns, Job, Run, Step

SECONDS: Final = 20.0
EVERY: Final = timedelta(seconds=30)
"""How long after a look at a run the next one comes, unless somebody says otherwise."""

APPEARS: Final = timedelta(minutes=5)
"""How long a run may take to appear after a push."""

_FAILURES: Final = 5
"""After how many failures in a row GitHub is asked no more."""

_LINE = re.compile(r"\ufeff?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z ?(.*)")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which run: that of an id, or the newest one of a commit, a branch, a workflow."""

    number: int | None = None
    branch: str | None = None
    sha: str | None = None
    workflow: str | None = None

    def __str__(self) -> str:
        if self.number is not None:
            return str(self.number)
        words = [f"of {self.sha[:7]}"] if self.sha else []
        words += [f"on {self.branch}"] if self.branch else []
        words += [f"of {self.workflow}"] if self.workflow else []
        return " ".join(words) or "yet"


@dataclass(frozen=True, slots=True)
class StepLog:
    """A job's step with its lines; `step` is None where the log cannot be told apart."""

    job: Job
    step: Step | None
    lines: tuple[str, ...]


def open_runs(start: Path) -> tuple[Repository, GithubRuns]:
    """The repository around `start`, here and on GitHub. Raises ConfigNotFound, ConfigInvalid,
    NotARepository, GithubUnusable."""
    path = find_config(start)
    config = load_config(path)
    know_channels(config.notify, config.github)
    repository = Repository.open(path.parent)
    try:
        place = place_of(config.github, path.parent, config.git.remote)
        return repository, GithubRuns(place.open(SECONDS))
    except ChannelUnusable as error:
        raise GithubUnusable(error.problem, error.fix) from None


def wanted(
    repository: Repository,
    run: str | None,
    *,
    branch: str | None,
    commit: str | None,
    workflow: str | None,
) -> Wanted:
    """What is named; without a name, the checkout's branch, or its commit where it has none. A run
    may be named by its address. Raises RunNotFound, UnknownRef, ShallowClone."""
    if run is not None:
        found = re.fullmatch(r"(?:https?://\S+/actions/runs/)?([0-9]{1,19})(?:/.*)?", run)
        if found is None:
            raise RunNotFound(run)
        return Wanted(int(found[1]))
    if commit is not None:
        return Wanted(sha=repository.resolve(commit), branch=branch, workflow=workflow)
    here = branch or repository.branch()
    sha = None if here else repository.resolve("HEAD")
    return Wanted(branch=here, sha=sha, workflow=workflow)


def latest_runs(runs: GithubRuns, chosen: Wanted, limit: int) -> tuple[Run, ...]:
    """At most so many, the newest first. Raises GithubFailed."""
    with asking():
        return runs.latest(limit, branch=chosen.branch, sha=chosen.sha, workflow=chosen.workflow)


def find_run(runs: GithubRuns, chosen: Wanted) -> Run:
    """Raises RunNotFound, GithubFailed."""
    with asking():
        found = _find(runs, chosen)
    if found is None:
        raise RunNotFound(str(chosen))
    return found


def watch_run(
    runs: GithubRuns,
    chosen: Wanted,
    *,
    every: timedelta,
    limit: timedelta,
    tell: Callable[[Run, tuple[Job, ...]], None],
    warn: Callable[[str], None],
    appears: timedelta = APPEARS,
) -> Run:
    """Looks at the run until it has ended, or the limit is over, and returns it as it is then.

    `tell` gets what each look has seen. A look that fails is told to `warn`, and the next one comes
    when GitHub says if it does. Raises RunNotFound, where none appears in time; GithubFailed, where
    it is refused or fails again and again.
    """
    began, failures, run = clock.now(), 0, None
    while True:
        pause = every
        try:
            run = _find(runs, chosen if run is None else Wanted(run.id))
            failures = 0
            if run is None and clock.now() - began >= appears:
                raise RunNotFound(str(chosen))
            if run is not None:
                tell(run, runs.jobs(run.id))
                if run.status == ENDED:
                    return run
        except DeliveryFailed as error:
            failures += 1
            if isinstance(error, DeliveryRefused) or failures >= _FAILURES:
                raise GithubFailed(error.problem, error.fix) from None
            warn(f"a look failed: {error.problem}")
            pause = max(every, error.after or every)
        if run is not None and clock.now() - began + pause > limit:
            return run
        time.sleep(pause.total_seconds())


def failed_logs(runs: GithubRuns, run: Run, *, whole: bool) -> Iterator[StepLog]:
    """What the failed steps of failed jobs have logged; `whole`: all of all jobs. A job whose log
    GitHub has not (any more) has no lines. Raises GithubFailed."""
    with asking():
        jobs = runs.jobs(run.id)
    for job in jobs:
        if not whole and job.conclusion in (*GOOD, None):
            continue
        with asking():
            text = runs.log(job.id) or ""
        if whole:
            yield StepLog(job, None, tuple(words for _, words in _lines(text)))
        else:
            yield from _of_failed_steps(job, text)


@contextmanager
def asking() -> Iterator[None]:
    """What goes wrong with GitHub, as GithubFailed."""
    try:
        yield
    except DeliveryFailed as error:
        raise GithubFailed(error.problem, error.fix) from None


def _find(runs: GithubRuns, chosen: Wanted) -> Run | None:
    if chosen.number is not None:
        return runs.run(chosen.number)
    found = runs.latest(1, branch=chosen.branch, sha=chosen.sha, workflow=chosen.workflow)
    return found[0] if found else None


def _of_failed_steps(job: Job, text: str) -> Iterator[StepLog]:
    lines = list(_lines(text))
    told = False
    for step in job.steps:
        if step.conclusion in (*GOOD, None) or not step.started_at or not step.completed_at:
            continue
        begin, end = step.started_at, step.completed_at
        own = tuple(words for at, words in lines if at and begin <= at <= end)
        if own:
            told = True
            yield StepLog(job, step, own)
    if not told:  # it was cancelled, or GitHub's times do not fit
        yield StepLog(job, None, tuple(words for _, words in lines))


def _lines(text: str) -> Iterator[tuple[datetime | None, str]]:
    """Each line with the second in which it was written; a line that a tool has broken belongs to
    the one before."""
    at: datetime | None = None
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is not None:
            at = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
        yield at, _COLOUR.sub("", found[2] if found else line)
