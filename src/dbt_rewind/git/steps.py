"""The way from a bad commit back to a good one: which commits are reverted, in which order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from dbt_rewind.errors import NotBuiltOn
from dbt_rewind.git.command import git_checked
from dbt_rewind.git.repository import Repository

_FORMAT: Final = (
    "-z",
    "--format=tformat:%H%x00%P%x00%s%x00%T",
    "--encoding=UTF-8",
    "--no-show-signature",
)
_FIELDS: Final = 4


class StepKind(StrEnum):
    """`revert`: undo what the commit did. `pick`: do it again. `restore`: have all its content."""

    REVERT = "revert"
    PICK = "pick"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Step:
    """One commit that is reverted, picked or restored. `parent` is the one towards which its change
    is seen; of a merge's, it is number `mainline` (from 1), which is None for other commits."""

    kind: StepKind
    sha: str
    subject: str
    parent: str
    mainline: int | None = None

    @property
    def base(self) -> str:
        """The commit whose content the change starts from."""
        return self.sha if self.kind is StepKind.REVERT else self.parent

    @property
    def result(self) -> str:
        """The commit whose content the change leads to, where it starts from `base`."""
        return self.parent if self.kind is StepKind.REVERT else self.sha


@dataclass(frozen=True, slots=True)
class Entry:
    """A commit of a log; `tree` is its content's id."""

    sha: str
    parents: tuple[str, ...]
    subject: str
    tree: str


def way_back(repository: Repository, bad: str, good: str) -> tuple[Step, ...]:
    """The reverts that lead from `bad` to `good`, newest first; none where they are the same.

    Of a merge, the first parent that is built on `good` is what it goes back to, so that the
    others' commits go with it. A commit on the way that has the content of `good` is as good: what
    was reverted before it stays as it is. Raises NotBuiltOn, GitFailed.
    """
    if bad == good:
        return ()
    if not repository.has_commit(good):
        raise NotBuiltOn(bad, good)
    between = {each.sha: each for each in log(repository, "--ancestry-path", f"^{good}", bad)}
    towards = between.keys() | {good}
    content = repository.tree(good, PurePosixPath())
    steps: list[Step] = []
    at = bad
    while at != good and (at not in between or between[at].tree != content):
        if at not in between:
            raise NotBuiltOn(bad, good)
        steps.append(_revert(between[at], towards))
        at = steps[-1].parent
    return tuple(steps)


def undoing(repository: Repository, sha: str) -> Step:
    """The revert of that one commit; of a merge, towards its first parent. Raises NotBuiltOn where
    it has no parent, GitFailed."""
    (entry,) = log(repository, "--no-walk", sha)
    if not entry.parents:
        raise NotBuiltOn(sha, "")
    return _revert(entry, entry.parents)


def picking(repository: Repository, sha: str) -> Step:
    """The pick of that commit; of a merge, of what it brought to its first parent. Raises
    NotBuiltOn where it has no parent, GitFailed."""
    return replace(undoing(repository, sha), kind=StepKind.PICK)


def log(repository: Repository, *what: str) -> tuple[Entry, ...]:
    """The commits that `git log` finds, newest first, children first. Raises GitFailed."""
    asked = ("log", "--topo-order", *_FORMAT, *what, "--")
    output = git_checked(repository.root, *asked).stdout.decode("utf-8", "replace")
    fields = output.split("\0")[:-1]
    return tuple(
        Entry(sha, tuple(parents.split()), subject, tree)
        for sha, parents, subject, tree in zip(
            *(fields[start::_FIELDS] for start in range(_FIELDS)), strict=True
        )
    )


def commits_behind(repository: Repository, sha: str) -> int:
    """How many commits the commit is built on, itself included. Raises GitFailed."""
    return int(git_checked(repository.root, "rev-list", "--count", sha, "--").text)


def _revert(entry: Entry, towards: Collection[str]) -> Step:
    """The revert of the commit towards the first of its parents that is in `towards`."""
    number, parent = next((at, each) for at, each in enumerate(entry.parents, 1) if each in towards)
    mainline = number if len(entry.parents) > 1 else None
    return Step(StepKind.REVERT, entry.sha, entry.subject, parent, mainline)
