"""Cherry-pick: the last good state, and on it the good ones of the commits that came after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.git.steps import Step, StepKind, log, picking
from dbt_rewind.model import RollbackStrategy
from dbt_rewind.procedures.code.plan import (
    CodePlan,
    PlannedStep,
    held_at,
    last_good,
    side_branch,
    told_of,
)
from dbt_rewind.procedures.code.site import CodeSite
from dbt_rewind.procedures.code.words import (
    pick_message,
    picks_body,
    request_title,
    restore_message,
)


def plan_picks(
    site: CodeSite,
    entries: Sequence[Quarantined],
    incidents: Mapping[int, str],
    picks: Sequence[str],
    tip: str,
) -> CodePlan:
    """A branch on top of the tip that first has the last good commit's content and then `picks`, in
    their order; without any, all commits that came after the bad ones, merges apart.

    A branch that began at the good commit would take nothing away when it is merged. Raises
    NotBuiltOn, StillHeld, UnknownRef, ShallowClone, GitFailed.
    """
    repository = site.repository
    held = held_at(site, tip, entries)
    steps: tuple[PlannedStep, ...] = ()
    if held:
        good = last_good(site, tip, held)
        first = Step(StepKind.RESTORE, good, repository.commit(good).subject, good)
        wanted = [repository.resolve(each) for each in picks] if picks else _later(site, tip, held)
        chosen = [picking(repository, sha) for sha in wanted]
        steps = (
            PlannedStep(first, restore_message(site, good, held, incidents), held[0].id),
            *(PlannedStep(each, pick_message(site, each), held[0].id) for each in chosen),
        )
    return CodePlan(
        strategy=RollbackStrategy.CHERRY_PICK,
        remote=site.remote.name,
        branch=site.branch,
        tip=tip,
        start=tip,
        steps=steps,
        holds=told_of(held),
        kept=(),
        exact=None,
        side=side_branch(site, held),
        title=request_title(site, held),
        body=picks_body(site, held, [each.step for each in steps], incidents),
        direct=False,
    )


def _later(site: CodeSite, tip: str, held: Sequence[Quarantined]) -> list[str]:
    """The commits after all bad ones, oldest first."""
    bad = [f"^{entry.commit.sha}" for entry in held if site.repository.has_commit(entry.commit.sha)]
    return [each.sha for each in reversed(log(site.repository, "--no-merges", tip, *bad))]
