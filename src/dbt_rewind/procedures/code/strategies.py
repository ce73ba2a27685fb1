"""Which plan each strategy makes of what is in quarantine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import (
    CodeApart,
    CodeBusy,
    CodeConflict,
    ConflictWaits,
    GitError,
    GithubFailed,
    HotfixUnclear,
    NotBuiltOn,
    ResetRefused,
    RewindError,
    StillHeld,
)
from dbt_rewind.model import RollbackStrategy
from dbt_rewind.procedures.code.delivery import Delivered
from dbt_rewind.procedures.code.hotfix import (
    ensure_hotfix_incident,
    merged_hotfix,
    plan_hotfix,
    require_by,
)
from dbt_rewind.procedures.code.picks import plan_picks
from dbt_rewind.procedures.code.plan import CodePlan, holds, plan_revert
from dbt_rewind.procedures.code.record import incidents_of, record_changed, record_refused
from dbt_rewind.procedures.code.reset import (
    plan_reset,
    require_resettable,
    reset_branch,
    tell_of_reset,
)
from dbt_rewind.procedures.code.site import CodeSite, code_site
from dbt_rewind.procedures.code.take_back import CodeOutcome, take_back

Warn = Callable[[str], None]

_BY_HAND = (HotfixUnclear, ResetRefused, CodeConflict, ConflictWaits, NotBuiltOn, StillHeld)


@dataclass(frozen=True, slots=True)
class Choice:
    """How the code is to go back. `picks` are for a cherry-pick, `by` for a hotfix."""

    strategy: RollbackStrategy
    picks: tuple[str, ...] = ()
    by: str = "revert"


def require_possible(workspace: Workspace, choice: Choice) -> None:
    """Raises NoRemote, ResetRefused, HotfixUnclear, UnknownRef, before anything is done."""
    code_site(workspace, lambda _: None)
    if choice.strategy is RollbackStrategy.RESET:
        require_resettable(workspace)
    if choice.strategy is RollbackStrategy.HOTFIX:
        require_by(choice.by)
    for each in choice.picks:
        workspace.repository.resolve(each)


def plan_code(
    workspace: Workspace, site: CodeSite, choice: Choice, entries: Sequence[Quarantined]
) -> Callable[[str], CodePlan]:
    """What the strategy does to the code, by the remote's tip.

    Raises NotBuiltOn, StillHeld, ShallowClone, UnknownRef, HotfixUnclear, GitFailed.
    """
    strategy = choice.strategy
    match strategy:
        case RollbackStrategy.RESET:
            return lambda tip: plan_reset(site, entries, tip)
        case RollbackStrategy.CHERRY_PICK:
            incidents = incidents_of(workspace)
            return lambda tip: plan_picks(site, entries, incidents, choice.picks, tip)
        case RollbackStrategy.HOTFIX:
            incidents = incidents_of(workspace)
            return lambda tip: plan_hotfix(site, entries, incidents, choice.by, tip)
        case RollbackStrategy.REVERT:
            incidents = incidents_of(workspace)
            return lambda tip: plan_revert(site, entries, incidents, tip)
        case RollbackStrategy.DATA | RollbackStrategy.RESTORE:
            raise AssertionError("the data's own strategy has no code")
        case _:
            assert_never(strategy)


def roll_code_back(
    workspace: Workspace,
    site: CodeSite,
    choice: Choice,
    entries: Sequence[Quarantined],
    live: str,
    warn: Warn,
) -> CodeOutcome:
    """Takes the code back, where users see the release `live` already, and records what came of it.

    Messages are queued, and sent by `deliver`. Raises CodeApart where it cannot: then the remote is
    as it was.
    """
    strategy = choice.strategy
    if strategy is RollbackStrategy.HOTFIX:
        ensure_hotfix_incident(workspace, still_there(site, entries), warn)
    plan_at = plan_code(workspace, site, choice, entries)
    try:
        if strategy is RollbackStrategy.RESET:
            outcome = reset_branch(site, plan_at)
        else:
            outcome = take_back(site, plan_at)
        if strategy is RollbackStrategy.HOTFIX:
            outcome = merged_hotfix(site, outcome, warn)
    except (GitError, CodeBusy, ResetRefused, HotfixUnclear) as error:
        record_refused(workspace, site, strategy, entries, error, warn)
        raise apart(site, entries, live, error) from error
    record_changed(workspace, outcome, warn)
    if strategy is RollbackStrategy.RESET:
        tell_of_reset(workspace, outcome, workspace.person, warn)
    return outcome


def apart(
    site: CodeSite, entries: Sequence[Quarantined], live: str, error: RewindError
) -> CodeApart:
    """What the error means: users see `live`, and the code is somewhere else."""
    by_hand = isinstance(error, _BY_HAND)
    again = f"`rewind rollback --code-only -e {site.environment}`, when that is put right"
    return _apart(
        site,
        entries,
        live,
        cause=error.slug,
        problem=error.message,
        advice=error.details if by_hand else (*error.details, error.hint),
        next=error.hint if by_hand else again,
    )


def unproposed(
    site: CodeSite, entries: Sequence[Quarantined], live: str, delivered: Delivered
) -> CodeApart:
    """What it means that a branch was pushed and its pull request could not be opened: nothing is
    under way that would bring the code to where the data is."""
    return _apart(
        site,
        entries,
        live,
        cause=GithubFailed.slug,
        problem=f"{delivered.branch} is pushed, but no pull request could be opened",
        advice=(delivered.problem,),
        next=f"open it by hand, or run `rewind rollback --code-only -e {site.environment}` again",
    )


def _apart(
    site: CodeSite,
    entries: Sequence[Quarantined],
    live: str,
    *,
    cause: str,
    problem: str,
    advice: tuple[str, ...],
    next: str,
) -> CodeApart:
    return CodeApart(
        environment=site.environment,
        live=live,
        remote=site.remote.name,
        branch=site.branch,
        holds=tuple(entry.commit.sha for entry in still_there(site, entries)),
        cause=cause,
        problem=problem,
        advice=advice,
        next=next,
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
