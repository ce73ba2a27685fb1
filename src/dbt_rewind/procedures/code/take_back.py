"""Taking the code back: fetch, plan, make the commits, have the remote take them.

Nothing is remembered but a conflict: a call that was killed is repeated from the remote's tip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from dbt_rewind.errors import (
    CodeConflict,
    ConflictWaits,
    NothingToContinue,
    RemoteMoves,
    StillHeld,
)
from dbt_rewind.git.bench import Bench, Conflicted, holding_bench
from dbt_rewind.git.steps import Step, StepKind, log
from dbt_rewind.procedures.code.delivery import Delivered, deliver, still_held
from dbt_rewind.procedures.code.memory import Memory, forget, recall, remember
from dbt_rewind.procedures.code.plan import CodePlan, PlannedStep
from dbt_rewind.procedures.code.site import CodeSite

ATTEMPTS: Final = 3
"""How often commits are made anew because somebody else has pushed in between."""


@dataclass(frozen=True, slots=True)
class CodeOutcome:
    """What was done: `made` are the commits, in their order. `delivered` is None where there was
    nothing to do."""

    plan: CodePlan
    made: tuple[str, ...] = ()
    delivered: Delivered | None = None


def take_back(site: CodeSite, plan_at: Callable[[str], CodePlan]) -> CodeOutcome:
    """Does to the code what `plan_at` plans for the remote's tip.

    Raises CodeConflict, which `go_on` and `give_up` come after; ConflictWaits where an earlier
    one waits; RemoteUnreachable, RemoteBranchMissing, RemoteMoves, PushRefused, NotBuiltOn,
    StillHeld, CodeBusy, GitFailed: the remote is as it was then.
    """
    with holding_bench(site.repository, site.folder, site.person) as bench:
        if recall(bench.folder) is not None:
            raise ConflictWaits(site.environment, str(bench.worktree))
        bench.clear()  # of what a killed call has left
        for _ in range(ATTEMPTS):
            plan = plan_at(site.remote.fetch(site.branch))
            if plan.is_nothing:
                return CodeOutcome(plan)
            if (outcome := _done(site, bench, Memory(plan))) is not None:
                return outcome
        raise RemoteMoves(site.remote.name, site.branch, ATTEMPTS)


def go_on(site: CodeSite) -> CodeOutcome:
    """Goes on after a person has put a conflict right. Raises NothingToContinue, and as
    `take_back`; what was put right is kept then."""
    with holding_bench(site.repository, site.folder, site.person) as bench:
        memory = recall(bench.folder)
        if memory is None or (memory.at is not None and not bench.worktree.is_dir()):
            forget(bench.folder)
            raise NothingToContinue(site.environment)
        for _ in range(ATTEMPTS):
            if (outcome := _done(site, bench, memory)) is not None:
                return outcome
            memory = _again(site, memory.plan, bench)
        raise RemoteMoves(site.remote.name, site.branch, ATTEMPTS)


def give_up(site: CodeSite) -> CodePlan:
    """Throws away what is in conflict, and returns its plan. Raises NothingToContinue, CodeBusy."""
    with holding_bench(site.repository, site.folder, site.person) as bench:
        memory = recall(bench.folder)
        if memory is None:
            raise NothingToContinue(site.environment)
        forget(bench.folder)
        bench.clear()
        return memory.plan


def _done(site: CodeSite, bench: Bench, memory: Memory) -> CodeOutcome | None:
    """Makes what is left of the plan and delivers it; None where the branch has moved meanwhile.
    The bench is empty afterwards, unless a conflict, or what was made of one, waits on it."""
    waits = recall(bench.folder) is not None
    try:
        made = _made(site, bench, memory)
        plan = memory.plan
        _require_right(site, bench, plan)
        if waits:
            remember(bench.folder, Memory(plan, len(plan.steps), bench.head, made))
        delivered = deliver(site, plan, bench.head)
        if delivered is None:
            return None
        forget(bench.folder)
        return CodeOutcome(plan, made, delivered)
    finally:
        if recall(bench.folder) is None:
            bench.clear()


def _made(site: CodeSite, bench: Bench, memory: Memory) -> tuple[str, ...]:
    plan, made, at = memory.plan, list(memory.made), memory.at
    if at is None:
        bench.start(plan.start)
        at = 0
    elif at < len(plan.steps):
        step = plan.steps[at]
        # Whoever put it right may have made the commit, too.
        if bench.head != memory.head:
            made.append(bench.head)
        elif sha := _stepped(site, bench, memory, partial(bench.commit, step.step, step.message)):
            made.append(sha)
        at += 1
    for number in range(at, len(plan.steps)):
        step = plan.steps[number]
        reached = Memory(plan, number, bench.head, tuple(made))
        if sha := _stepped(site, bench, reached, partial(bench.take, step.step, step.message)):
            made.append(sha)
    return tuple(made)


def _stepped(
    site: CodeSite, bench: Bench, reached: Memory, act: Callable[[], str | None]
) -> str | None:
    """What `act` makes. Raises CodeConflict, having remembered how far it went."""
    try:
        return act()
    except Conflicted as conflicted:
        plan, at = reached.plan, reached.at or 0
        step = plan.steps[at].step
        remember(bench.folder, replace(reached, files=conflicted.files))
        raise CodeConflict(
            site.environment,
            step.kind.value,
            step.sha,
            step.subject,
            at + 1,
            len(plan.steps),
            conflicted.files,
            str(bench.worktree),
        ) from None


def _require_right(site: CodeSite, bench: Bench, plan: CodePlan) -> None:
    """Nothing is pushed that is not what was meant."""
    if plan.exact is not None and not bench.is_like(plan.exact):
        raise AssertionError(f"the reverts do not lead to {plan.exact}")
    if by := still_held(site, plan, bench.head):
        raise StillHeld(plan.holds[0].bad, by)


def _again(site: CodeSite, plan: CodePlan, bench: Bench) -> Memory:
    """The plan to bring what a person has put right onto the branch's new tip."""
    tip = site.remote.fetch(site.branch)
    made = log(site.repository, bench.head, f"^{plan.start}")
    messages = {each.sha: site.repository.message(each.sha) for each in made}
    steps = tuple(
        PlannedStep(
            Step(StepKind.PICK, each.sha, each.subject, each.parents[0]),
            messages[each.sha],
            plan.steps[0].release,
        )
        for each in reversed(made)
    )
    memory = Memory(replace(plan, tip=tip, start=tip, steps=steps, exact=None))
    remember(bench.folder, memory)
    return memory
