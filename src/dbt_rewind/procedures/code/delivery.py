"""How commits get to the remote: straight to the branch, by a pull request, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import count

from dbt_rewind.errors import PushRefused
from dbt_rewind.git.command import git_checked
from dbt_rewind.git.remote import Answer
from dbt_rewind.integrations.pull_requests import Proposal, PullRequestFailed
from dbt_rewind.procedures.code.plan import CodePlan, held_by
from dbt_rewind.procedures.code.site import CodeSite


class Way(StrEnum):
    """`pushed`: the branch has them. `proposed`: a branch beside it has, for a pull request.
    `merged`: that was merged. `kept`: a branch in this clone has, and nothing was pushed."""

    PUSHED = "pushed"
    PROPOSED = "proposed"
    MERGED = "merged"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where the commits are: `sha` is the last of them, and `branch` points at it. `refused` is why
    the remote did not take them directly, `problem` why no pull request could be opened."""

    way: Way
    branch: str
    sha: str
    refused: str = ""
    proposal: Proposal | None = None
    problem: str = ""


def deliver(site: CodeSite, plan: CodePlan, sha: str) -> Delivered | None:
    """Has the remote take the commits as `git.push` says; None where somebody else has pushed in
    between, so that they must be made anew.

    Raises PushRefused, RemoteUnreachable, GitFailed.
    """
    if site.push == "never":
        return _kept(site, plan, sha)
    if site.push == "pull-request" or not plan.direct:
        return _proposed(site, plan, sha)
    pushed = site.remote.push({plan.branch: sha})
    match pushed.answer:
        case Answer.TAKEN:
            return Delivered(Way.PUSHED, plan.branch, sha)
        case Answer.MOVED:
            return None
        case Answer.REFUSED if site.push == "direct":
            raise PushRefused(site.remote.name, plan.branch, pushed.reason)
        case Answer.REFUSED:
            return _proposed(site, plan, sha, pushed.reason)


def _proposed(site: CodeSite, plan: CodePlan, sha: str, refused: str = "") -> Delivered:
    side, sha = _proposed_before(site, plan) or (_pushed_aside(site, plan, sha), sha)
    try:
        requests = site.pull_requests()
        proposal = requests.propose(side, plan.branch, plan.title, plan.body, plan.labels)
    except PullRequestFailed as failed:
        problem = f"{failed.problem} ({failed.fix})"
        return Delivered(Way.PROPOSED, side, sha, refused, None, problem)
    return Delivered(Way.PROPOSED, side, sha, refused, proposal)


def _proposed_before(site: CodeSite, plan: CodePlan) -> tuple[str, str] | None:
    """A branch that an earlier call has pushed for the same, which was not merged yet."""
    prefix = plan.side.rsplit("-", 2)[0]
    for name in sorted(site.remote.branches(f"{prefix}-*"), reverse=True):
        sha = site.remote.fetch(name)
        if site.repository.is_ancestor(plan.tip, sha) and not still_held(site, plan, sha):
            return name, sha
    return None


def _pushed_aside(site: CodeSite, plan: CodePlan, sha: str) -> str:
    for number in count(1):
        name = plan.side if number == 1 else f"{plan.side}-{number}"
        pushed = site.remote.push({name: sha})
        if pushed.answer is Answer.TAKEN:
            return name
        if pushed.answer is Answer.REFUSED:
            raise PushRefused(site.remote.name, name, pushed.reason)
    raise AssertionError("counting has no end")


def still_held(site: CodeSite, plan: CodePlan, sha: str) -> str | None:
    """The commit by which `sha` still holds what the plan takes away; None: it does not."""
    for each in plan.holds:
        if (found := held_by(site, sha, each)) is not None:
            return found.by
    return None


def _kept(site: CodeSite, plan: CodePlan, sha: str) -> Delivered:
    git_checked(site.repository.root, "update-ref", f"refs/heads/{plan.side}", sha)
    return Delivered(Way.KEPT, plan.side, sha)
