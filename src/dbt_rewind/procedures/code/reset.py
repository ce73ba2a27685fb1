"""Reset: the branch points at the last good commit again, as if nothing had come after it.

Others' clones have what is lost. So it is for branches on which nobody depends, the old tip stays
under another name, and people are told what to run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dbt_rewind import clock
from dbt_rewind.config.environment import is_production
from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import ConflictWaits, PushRefused, RemoteMoves, ResetRefused
from dbt_rewind.git.bench import holding_bench
from dbt_rewind.git.remote import Answer
from dbt_rewind.git.steps import log
from dbt_rewind.integrations.pull_requests import PullRequestFailed
from dbt_rewind.model import RollbackStrategy
from dbt_rewind.procedures import messages
from dbt_rewind.procedures.announce import queue_up
from dbt_rewind.procedures.code.delivery import Delivered, Way
from dbt_rewind.procedures.code.memory import recall
from dbt_rewind.procedures.code.plan import CodePlan, held_at, last_good, told_of
from dbt_rewind.procedures.code.site import CodeSite
from dbt_rewind.procedures.code.take_back import CodeOutcome


def require_resettable(workspace: Workspace) -> None:
    """Raises ResetRefused where the branch is no such branch, as far as is known here."""
    branch, push = workspace.environment.branch or "", workspace.config.git.push
    if is_production(workspace.name, workspace.environment):
        why = f"{workspace.name} is in production, and others build on its branch"
        raise ResetRefused(workspace.name, branch, why)
    if push in ("never", "pull-request"):
        raise ResetRefused(workspace.name, branch, f"git.push is {push} in rewind.yml")


def plan_reset(site: CodeSite, entries: Sequence[Quarantined], tip: str) -> CodePlan:
    """What the branch loses. Raises NotBuiltOn, StillHeld, ShallowClone, GitFailed."""
    held = held_at(site, tip, entries)
    good = last_good(site, tip, held) if held else tip
    return CodePlan(
        strategy=RollbackStrategy.RESET,
        remote=site.remote.name,
        branch=site.branch,
        tip=tip,
        start=good,
        steps=(),
        holds=told_of(held),
        kept=(),
        exact=good,
        side=f"rollback/before-reset-{clock.now():%Y%m%d-%H%M}",
        title="",
        body="",
        lost=log(site.repository, tip, f"^{good}"),
    )


def reset_branch(site: CodeSite, plan_at: Callable[[str], CodePlan]) -> CodeOutcome:
    """Has the remote's branch point at the last good commit, and a new one at its old tip, in one
    push; if anybody has pushed since the plan was made, nothing happens.

    Raises ResetRefused where the host protects the branch; PushRefused, RemoteMoves,
    RemoteUnreachable, RemoteBranchMissing, NotBuiltOn, StillHeld, ConflictWaits, CodeBusy,
    GitFailed.
    """
    with holding_bench(site.repository, site.folder, site.person) as bench:
        if recall(bench.folder) is not None:
            raise ConflictWaits(site.environment, str(bench.worktree))
        plan = plan_at(site.remote.fetch(site.branch))
        if plan.is_nothing:
            return CodeOutcome(plan)
        if _is_protected(site):
            raise ResetRefused(site.environment, site.branch, f"{site.remote.name} protects it")
        pushed = site.remote.push(
            {plan.branch: plan.start, plan.side: plan.tip}, over={plan.branch: plan.tip}
        )
        if pushed.answer is Answer.MOVED:
            raise RemoteMoves(site.remote.name, site.branch, 1)
        if pushed.answer is Answer.REFUSED:
            raise PushRefused(site.remote.name, site.branch, pushed.reason)
        return CodeOutcome(plan, (), Delivered(Way.PUSHED, plan.branch, plan.start))


def tell_of_reset(
    workspace: Workspace, outcome: CodeOutcome, by: str, warn: Callable[[str], None]
) -> None:
    """Queues the message to the team: what was lost, and what each has to run. Never raises."""
    if outcome.delivered is not None:
        plan = outcome.plan
        announcement = messages.branch_reset(
            workspace.name,
            remote=plan.remote,
            branch=plan.branch,
            tip=plan.tip,
            good=plan.start,
            kept_as=plan.side,
            lost=[f"{each.sha[:10]} {each.subject}" for each in plan.lost],
            by=by,
        )
        queue_up(workspace, announcement, warn)


def _is_protected(site: CodeSite) -> bool:
    try:
        return site.pull_requests().is_protected(site.branch) is True
    except PullRequestFailed:
        return False  # then the push itself tells
