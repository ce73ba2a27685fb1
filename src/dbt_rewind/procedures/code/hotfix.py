"""Hotfix: the way through a pull request in a hurry, from the incident to the run that it starts.

Every step looks at what is there already, so that the same command run again goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dbt_rewind import clock
from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import HotfixUnclear, RewindError
from dbt_rewind.git.command import git
from dbt_rewind.git.steps import Step, StepKind
from dbt_rewind.integrations.pull_requests import PullRequestFailed
from dbt_rewind.model import Incident, RollbackStrategy, Severity
from dbt_rewind.procedures.code.delivery import Way
from dbt_rewind.procedures.code.plan import (
    CodePlan,
    PlannedStep,
    held_at,
    holds,
    last_good,
    plan_revert,
    told_of,
)
from dbt_rewind.procedures.code.site import CodeSite
from dbt_rewind.procedures.code.take_back import CodeOutcome
from dbt_rewind.procedures.code.words import request_body, request_title, restore_message
from dbt_rewind.procedures.escalation import queue_opened
from dbt_rewind.procedures.incident import ensure_incident
from dbt_rewind.procedures.runbook import holding_runbook

LABELS = ("emergency",)

_BY = re.compile(r"revert|tag(?::.+)?|branch:.+")


def require_by(by: str) -> None:
    """Raises HotfixUnclear where it is none of `revert`, `tag`, `tag:NAME`, `branch:NAME`."""
    if not _BY.fullmatch(by):
        raise HotfixUnclear(by, "say revert, tag, tag:NAME or branch:NAME")


def ensure_hotfix_incident(
    workspace: Workspace, entries: Sequence[Quarantined], warn: Callable[[str], None]
) -> Incident | None:
    """The open incident of what was rolled back, opened where there is none, and told of. Never
    raises: nobody waits for an incident with a hotfix."""
    if not entries:
        return None
    newest = entries[0]
    try:
        with holding_runbook(workspace) as (book, _):
            incident, new = ensure_incident(
                book,
                title=newest.reason or f"{newest.id} was rolled back",
                severity=Severity.CRITICAL,
                releases=[newest.release],
                decision=None,
                by=workspace.person,
            )
    except RewindError as error:
        warn(f"no incident could be opened: {error.message}")
        return None
    queue_opened(workspace, incident, new, warn)
    return incident


def plan_hotfix(
    site: CodeSite,
    entries: Sequence[Quarantined],
    incidents: Mapping[int, str],
    by: str,
    tip: str,
) -> CodePlan:
    """A branch on top of the tip without what is in quarantine: by reverts, or by one commit with
    the content of a tag or of a release branch.

    Raises HotfixUnclear, UnknownRef, and as `plan_revert`.
    """
    if by == "revert":
        plan = plan_revert(site, entries, incidents, tip)
    else:
        plan = _replaced(site, held_at(site, tip, entries), incidents, by, tip)
    return replace(
        plan,
        strategy=RollbackStrategy.HOTFIX,
        side=f"hotfix/rollback-{clock.now():%Y%m%d-%H%M}",
        title=f"Hotfix: {plan.title[:1].lower()}{plan.title[1:]}",
        labels=LABELS,
        direct=False,
    )


def _replaced(
    site: CodeSite,
    held: Sequence[Quarantined],
    incidents: Mapping[int, str],
    by: str,
    tip: str,
) -> CodePlan:
    """One commit that has the content of a tag or of a release branch."""
    plan = plan_revert(site, (), incidents, tip)
    if not held:
        return plan
    content = _content(site, held, tip, by)
    step = Step(StepKind.RESTORE, content, site.repository.commit(content).subject, content)
    planned = PlannedStep(step, restore_message(site, content, held, incidents), held[0].id)
    return replace(
        plan,
        steps=(planned,),
        exact=content,
        holds=told_of(held),
        title=request_title(site, held),
        body=request_body(site, held, [step], incidents),
    )


def _content(site: CodeSite, held: Sequence[Quarantined], tip: str, by: str) -> str:
    """The commit whose content the branch gets, which holds nothing of what is bad."""
    kind, _, name = by.partition(":")
    if kind == "branch":
        content = site.remote.fetch(name)
    elif name:
        content = site.repository.resolve(f"refs/tags/{name}")
    else:
        content = _last_stable(site, last_good(site, tip, held))
    for entry in held:
        if holds(site, content, entry) is not None:
            raise HotfixUnclear(by, f"it holds {entry.commit.sha[:7]}, which was rolled back")
    return content


def _last_stable(site: CodeSite, good: str) -> str:
    described = git(site.repository.root, "describe", "--tags", "--abbrev=0", good)
    if described.status != 0:
        raise HotfixUnclear("tag", f"no tag leads to {good[:7]} or what came before it")
    return site.repository.resolve(f"refs/tags/{described.text.strip()}")


def merged_hotfix(site: CodeSite, outcome: CodeOutcome, warn: Callable[[str], None]) -> CodeOutcome:
    """Has the host squash-merge what was proposed, and delete its branch, where it does so at once;
    otherwise the outcome is as it was. Never raises."""
    delivered = outcome.delivered
    if delivered is None or delivered.proposal is None or not delivered.proposal.is_open:
        return outcome
    try:
        merged = site.pull_requests().merge(delivered.proposal, delivered.sha, outcome.plan.title)
    except PullRequestFailed as failed:
        warn(f"it is not merged: {failed.problem} ({failed.fix})")
        return outcome
    if merged is None:
        return outcome
    if not merged.deleted:
        warn(f"the branch {delivered.branch} at {site.remote.name} could not be deleted")
    try:
        site.remote.fetch(site.branch)  # so that `status` knows
    except RewindError as error:
        warn(error.message)
    done = replace(delivered, way=Way.MERGED, branch=site.branch, sha=merged.sha)
    return replace(outcome, delivered=done)
