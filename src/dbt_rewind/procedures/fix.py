"""Forward fix: a branch from what is live, and a deploy of what it changes and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from dbt_rewind import clock
from dbt_rewind.engine.history import ReleaseSummary
from dbt_rewind.engine.mirror import check_mirror
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import GitFailed, LockHeld, NotAFix, NothingLive, WarehouseLocked
from dbt_rewind.git.branches import changed_files, check_out, make_branch
from dbt_rewind.git.steps import Entry, log
from dbt_rewind.warehouse.owner import has_ended

_PAUSE: Final = 1.0
"""Seconds between two looks at who is at work."""


@dataclass(frozen=True, slots=True)
class Started:
    """The branch that was made at the live release's commit. Where it was not checked out,
    `in_the_way` says why."""

    branch: str
    live: ReleaseSummary
    in_the_way: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fix:
    """What is shipped: `sha`, and the commits that the live one lacks, newest first."""

    ref: str
    sha: str
    live: ReleaseSummary
    commits: tuple[Entry, ...]


def start_fix(workspace: Workspace, name: str | None) -> Started:
    """Makes the branch `fix/NAME`, and checks it out where no file of the user's is changed.

    Quarantine stays as it is. Raises NothingLive, BranchUnusable, UnknownRef, ShallowClone,
    GitFailed.
    """
    repository, live = workspace.repository, _live(workspace)
    sha = repository.resolve(live.commit.sha)
    branch = f"fix/{name or f'{workspace.name}-{live.id}-{clock.now():%Y%m%d-%H%M}'}"
    make_branch(repository, branch, sha)
    changed = changed_files(repository)
    if changed:
        return Started(branch, live, changed)
    try:
        check_out(repository, branch)
    except GitFailed as error:
        return Started(branch, live, (error.output.splitlines()[0],))
    return Started(branch, live)


def find_fix(workspace: Workspace, ref: str | None) -> Fix:
    """The fix on that branch (None: the checkout). So that nothing but the fix is built, it must be
    built on the very commit that is live.

    Raises NotAFix, NothingLive, UnknownRef, ShallowClone, GitFailed.
    """
    repository, live = workspace.repository, _live(workspace)
    name = ref or repository.branch() or "HEAD"
    sha = repository.resolve(ref or "HEAD")
    if sha == live.commit.sha:
        raise NotAFix(workspace.name, name, live.id, "it has no commit of its own")
    if not repository.is_ancestor(live.commit.sha, sha):
        raise NotAFix(workspace.name, name, live.id, f"it is not built on {live.commit.sha[:7]}")
    return Fix(name, sha, live, log(repository, sha, f"^{live.commit.sha}"))


def wait_for_turn(workspace: Workspace, patience: timedelta, tell: Callable[[str], None]) -> None:
    """Returns when nobody is at work in the environment, or the time is over: then whoever goes on
    hears who it is. Others do not queue, so whoever waits here is next."""
    until, told = time.monotonic() + patience.total_seconds(), ""
    while (holder := _at_work(workspace)) and time.monotonic() < until:
        if holder != told:
            tell(f"waiting for {holder}, for {patience.total_seconds() / 60:.0f} minutes at most")
            told = holder
        time.sleep(_PAUSE)


def _at_work(workspace: Workspace) -> str:
    """Who is at work; empty where nobody is. Raises WarehouseError."""
    try:
        reader = workspace.connect_to_read()
    except LockHeld as held:
        return f"another operation ({held.holder})"
    except WarehouseLocked:
        return "another program that has the database"
    try:
        lease = reader.lease(workspace.name)
    finally:
        reader.close()
    if lease is None or clock.now() >= lease.expires_at or has_ended(lease.owner):
        return ""
    return str(lease.owner)


def _live(workspace: Workspace) -> ReleaseSummary:
    history = workspace.read_history()
    check_mirror(workspace.mirror, workspace.name, history.events)
    live = history.live
    if live is None:
        raise NothingLive(workspace.name)
    return live
