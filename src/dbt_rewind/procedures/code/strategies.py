"""Which plan each strategy makes of what is in quarantine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import (
    CodeApart,
    CodeBusy,
    CodeConflict,
    ConflictWaits,
    GitError,
    NotBuiltOn,
    RewindError,
    StillHeld,
)
from dbt_rewind.model import RollbackStrategy
from dbt_rewind.procedures.code.plan import CodePlan, holds, plan_revert
from dbt_rewind.procedures.code.record import incidents_of, record_changed, record_refused
from dbt_rewind.procedures.code.site import CodeSite
from dbt_rewind.procedures.code.take_back import CodeOutcome, take_back

Warn = Callable[[str], None]

_BY_HAND = (CodeConflict, ConflictWaits, NotBuiltOn, StillHeld)


def plan_code(
    workspace: Workspace, site: CodeSite, strategy: RollbackStrategy, entries: Sequence[Quarantined]
) -> Callable[[str], CodePlan]:
    """What the strategy does to the code, by the remote's tip. Raises as `plan_revert`."""
    del strategy
    incidents = incidents_of(workspace)
    return lambda tip: plan_revert(site, entries, incidents, tip)


def roll_code_back(
    workspace: Workspace,
    site: CodeSite,
    strategy: RollbackStrategy,
    entries: Sequence[Quarantined],
    live: str,
    warn: Warn,
) -> CodeOutcome:
    """Takes the code back, where users see the release `live` already, and records what came of it.

    Raises CodeApart where it cannot: then the remote is as it was.
    """
    try:
        outcome = take_back(site, plan_code(workspace, site, strategy, entries))
    except (GitError, CodeBusy) as error:
        record_refused(workspace, site, strategy, entries, error, warn)
        raise apart(site, entries, live, error) from error
    record_changed(workspace, outcome, warn)
    return outcome


def apart(
    site: CodeSite, entries: Sequence[Quarantined], live: str, error: RewindError
) -> CodeApart:
    """What the error means: users see `live`, and the code is somewhere else."""
    by_hand = isinstance(error, _BY_HAND)
    again = f"`rewind rollback --code-only -e {site.environment}`, when that is put right"
    return CodeApart(
        environment=site.environment,
        live=live,
        remote=site.remote.name,
        branch=site.branch,
        holds=tuple(entry.commit.sha for entry in still_there(site, entries)),
        cause=error.slug,
        problem=error.message,
        advice=error.details if by_hand else (*error.details, error.hint),
        next=error.hint if by_hand else again,
    )


def still_there(site: CodeSite, entries: Sequence[Quarantined]) -> tuple[Quarantined, ...]:
    """What the branch still holds, as it was fetched last; all where that cannot be told."""
    tip = site.remote.fetched(site.branch)
    if tip is None:
        return tuple(entries)
    try:
        return tuple(entry for entry in entries if holds(site, tip, entry) is not None)
    except GitError:
        return tuple(entries)
