"""What is done to the code, planned before anything is: which commits, in which order, and how they
get to the remote. Plain values, so that a plan can wait in a file for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from dbt_rewind import clock
from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.errors import NotBuiltOn, StillHeld
from dbt_rewind.git.repository import Repository
from dbt_rewind.git.reverts import Carried, Change, carried
from dbt_rewind.git.steps import Entry, Step, commits_behind, log, undoing, way_back
from dbt_rewind.model import RollbackStrategy
from dbt_rewind.procedures.code.site import CodeSite
from dbt_rewind.procedures.code.words import request_body, request_title, revert_message


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One commit to be made, with its message; `release` is the one that it takes back, `r7`."""

    step: Step
    message: str
    release: str


@dataclass(frozen=True, slots=True)
class Held:
    """A commit in quarantine that the branch holds: `bad` is the commit that `release` was made of,
    `good` the one that users went back to."""

    bad: str
    good: str
    release: str


@dataclass(frozen=True, slots=True)
class CodePlan:
    """What is done to `branch` of `remote`, whose tip was `tip`. The commits are made on `start`,
    in the order of `steps`. `kept` are the branch's commits after the bad ones, which stay, newest
    first. `exact` is the commit whose content must come out, where nothing is kept. `side` is the
    branch of a pull request, which `title`, `body` and `labels` are for; where not `direct`, no
    other is pushed to. `lost` are the commits that the branch will not have any more, newest first,
    and then `side` keeps them."""

    strategy: RollbackStrategy
    remote: str
    branch: str
    tip: str
    start: str
    steps: tuple[PlannedStep, ...]
    holds: tuple[Held, ...]
    kept: tuple[Entry, ...]
    exact: str | None
    side: str
    title: str
    body: str
    labels: tuple[str, ...] = ()
    lost: tuple[Entry, ...] = ()
    direct: bool = True

    @property
    def is_nothing(self) -> bool:
        return not self.steps and not self.lost


def plan_revert(
    site: CodeSite, entries: Sequence[Quarantined], incidents: Mapping[int, str], tip: str
) -> CodePlan:
    """The reverts of what is in quarantine and the commit `tip` still holds, newest first.

    `incidents` are by the number of the release that they are about. Raises NotBuiltOn, and
    ShallowClone and GitFailed where git cannot tell.
    """
    held = held_at(site, tip, entries)
    steps = _newest_first(
        site.repository,
        (
            tuple(
                PlannedStep(
                    step,
                    revert_message(site, step, entry, incidents.get(entry.release, "")),
                    entry.id,
                )
                for step in _way(site, entry, tip)
            )
            for entry in held
        ),
    )
    return CodePlan(
        RollbackStrategy.REVERT,
        site.remote.name,
        site.branch,
        tip,
        tip,
        steps,
        told_of(held),
        _kept(site.repository, tip, steps),
        _exact(held, steps, tip),
        side_branch(site, held),
        request_title(site, held),
        request_body(site, held, [each.step for each in steps], incidents),
    )


def holds(site: CodeSite, tip: str, entry: Quarantined) -> Carried | None:
    """How the commit holds what is in quarantine; None: it does not. Raises as `carried`."""
    return held_by(site, tip, Held(entry.commit.sha, entry.good.sha, entry.id))


def held_by(site: CodeSite, tip: str, held: Held) -> Carried | None:
    """As `holds`."""
    repository, whole = site.repository, PurePosixPath()
    if repository.has_commit(held.good) and repository.tree(tip, whole) == repository.tree(
        held.good, whole
    ):
        return None
    return carried(repository, tip, Change(held.bad, held.good), site.project)


def held_at(site: CodeSite, tip: str, entries: Sequence[Quarantined]) -> tuple[Quarantined, ...]:
    """What of it the commit holds. Raises as `carried`."""
    return tuple(entry for entry in entries if holds(site, tip, entry) is not None)


def told_of(held: Sequence[Quarantined]) -> tuple[Held, ...]:
    return tuple(Held(entry.commit.sha, entry.good.sha, entry.id) for entry in held)


def last_good(site: CodeSite, tip: str, held: Sequence[Quarantined]) -> str:
    """The newest commit that all of it came after. Raises NotBuiltOn where the branch was not built
    on it, StillHeld where it holds some of it."""
    repository = site.repository
    goods = {entry.good.sha: entry for entry in held}
    for good, entry in goods.items():
        if not repository.has_commit(good) or not repository.is_ancestor(good, tip):
            raise NotBuiltOn(entry.commit.sha, good)
    good = min(goods, key=lambda sha: commits_behind(repository, sha))
    for entry in held:
        if (found := holds(site, good, entry)) is not None:
            raise StillHeld(entry.commit.sha, found.by)
    return good


def side_branch(site: CodeSite, held: Sequence[Quarantined]) -> str:
    """`rollback/prod-r7-20260302-0915`, by the newest release that is taken back."""
    return f"{side_prefix(site, held)}{clock.now():%Y%m%d-%H%M}"


def side_prefix(site: CodeSite, held: Sequence[Quarantined]) -> str:
    newest = max((entry.release for entry in held), default=0)
    return f"rollback/{site.environment}-r{newest}-"


def _way(site: CodeSite, entry: Quarantined, tip: str) -> Iterator[Step]:
    """The commits to revert, newest first: those between bad and good, where the branch was built
    on the bad one; otherwise the copy of it that the branch has."""
    bad, repository = entry.commit.sha, site.repository
    if repository.is_ancestor(bad, tip):
        yield from way_back(repository, bad, entry.good.sha)
        return
    found = holds(site, tip, entry)
    if found is not None:
        yield undoing(repository, found.by)


def _newest_first(
    repository: Repository, ways: Iterable[tuple[PlannedStep, ...]]
) -> tuple[PlannedStep, ...]:
    """The steps of all ways in the order of history, each commit once."""
    found = [way for way in ways if way]
    if len(found) > 1:
        # What is built on another commit has more commits behind it.
        found.sort(key=lambda way: commits_behind(repository, way[0].step.sha), reverse=True)
    once = {each.step.sha: each for way in reversed(found) for each in way}
    order = dict.fromkeys(each.step.sha for way in found for each in way)
    return tuple(once[sha] for sha in order)


def _kept(repository: Repository, tip: str, steps: Sequence[PlannedStep]) -> tuple[Entry, ...]:
    if not steps:
        return ()
    taken = {each.step.sha for each in steps}
    after = log(repository, tip, f"^{steps[0].step.sha}")
    return tuple(entry for entry in after if entry.sha not in taken)


def _exact(held: Sequence[Quarantined], steps: Sequence[PlannedStep], tip: str) -> str | None:
    """Where the branch ends with what is bad, what comes out is the last good commit's content."""
    by_bad = {entry.commit.sha: entry.good.sha for entry in held}
    at, followed = tip, 0
    while at in by_bad and followed <= len(held):
        at, followed = by_bad[at], followed + 1
    return at if steps and followed == len(held) else None
