"""Whether a commit still holds a change: it has the change's commit or a copy of it, unreverted.

What a commit says of itself counts (`This reverts commit ...`), and so does what it does: a patch
that equals the change or its reverse, as that of a squashed or rebased commit. Merges are followed
as git makes them: of two sides that differ, the one that has changed something wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from dbt_rewind.errors import GitError, ShallowClone
from dbt_rewind.git.command import git_checked
from dbt_rewind.git.patches import changed_names, parent_of, patch_id, patch_ids, touching
from dbt_rewind.git.repository import Repository

MOST_PATCHES: Final = 500
"""Of how many commits the patches are compared; of more, the oldest half and the newest."""

_MOST_NAMES: Final = 200
_CLAIM: Final = re.compile(r"^\W{0,4}This reverts commit ([0-9a-f]{7,64})\b", re.MULTILINE)
_COPY: Final = re.compile(r"^\(cherry picked from commit ([0-9a-f]{40,64})\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Change:
    """What a release brought: `bad` is its commit, `good` the one that users went back to."""

    bad: str
    good: str


@dataclass(frozen=True, slots=True)
class Carried:
    """That a commit holds a change. `by` is the commit that brought it, or a copy; `unseen` is
    how many later commits were not compared by what they do, because there are too many."""

    by: str
    unseen: int = 0


def carried(
    repository: Repository, sha: str, change: Change, project: PurePosixPath
) -> Carried | None:
    """How the commit holds what the change did to the project in that folder; None: it does not.

    A change that git does not know is in no commit that it knows. Raises UnknownRef where it does
    not know `sha`, GitFailed, and ShallowClone where the answer lies beyond what was cloned.
    """
    known = {each: repository.has_commit(each) for each in (change.bad, change.good)}
    if repository.is_shallow and not all(known.values()):
        raise ShallowClone(next(each for each in known if not known[each]))
    if not known[change.bad]:
        return None
    bad = _brought_by(repository, change, project) if known[change.good] else change.bad
    built_on = repository.is_ancestor(bad, sha)
    later = _later(repository, sha, bad)
    if built_on and not later:
        return Carried(bad)
    acts = _compared(repository, change if known[change.good] else None, bad, sha)
    return _followed(repository, acts, later, built_on=built_on)


@dataclass(frozen=True, slots=True)
class _Logged:
    """A commit and what it says of itself."""

    sha: str
    parents: tuple[str, ...]
    body: str


@dataclass(slots=True)
class _Acts:
    """What commits do to the change. `touching` are those that change one of its files: only they
    can bring it or take it away, whatever they say. `brings` and `takes` are known by their
    patches; `known` is what was found so far, and `copies` what is a copy of which commit."""

    bad: str
    touching: frozenset[str]
    brings: frozenset[str]
    takes: frozenset[str]
    unseen: int
    is_there: Callable[[str], bool]
    known: dict[str, bool] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)

    def of(self, commit: _Logged) -> bool | None:
        """True where it brings the change, False where it takes it away, None for neither."""
        if len(commit.parents) > 1 or commit.sha not in self.touching:
            return None
        copied = _COPY.findall(commit.body)
        self.copies |= dict.fromkeys(copied, commit.sha)
        if commit.sha in self.brings or self.bad in copied:
            return True
        if commit.sha in self.takes:
            return False
        return self._said(commit)

    def _said(self, commit: _Logged) -> bool | None:
        names = _CLAIM.findall(commit.body)
        told = {name: self._undone(name) for name in names}
        # Squashed commits tell of each other, too: what is not there may have undone the rest.
        if len(told) > 1 and not all(
            act is not None or self.is_there(name) for name, act in told.items()
        ):
            return None
        acts = {act for act in told.values() if act is not None}
        return acts.pop() if len(acts) == 1 else None

    def _undone(self, name: str) -> bool | None:
        """What the revert of the commit whose id begins so does."""
        if self.bad.startswith(name):
            return False
        originals = [copy for sha, copy in self.copies.items() if sha.startswith(name)]
        for sha in reversed(self.known):
            if sha.startswith(name) or sha in originals:
                return not self.known[sha]
        return None


def _followed(
    repository: Repository, acts: _Acts, commits: Sequence[_Logged], *, built_on: bool
) -> Carried | None:
    """Whether the last of `commits` holds the change. Each comes after its parents."""
    holders: dict[str, str | None] = {acts.bad: acts.bad if built_on else None}
    last = None
    for commit in commits:
        sides = [holders.get(parent) for parent in commit.parents]
        act = acts.of(commit)
        if act is not None:
            acts.known[commit.sha] = act
            last = commit.sha if act else None
        else:
            last = sides[0] if sides else None
            for parent, side in zip(commit.parents[1:], sides[1:], strict=True):
                if (side is None) == (last is None):
                    continue
                bases = repository.merge_bases(commit.parents[0], parent)
                before = any(holders.get(base) for base in bases)
                last = None if before else last or side
            if sides and (last is None) != (sides[0] is None):
                # To revert a merge is to go back to its first parent.
                acts.known[commit.sha] = last is not None
        holders[commit.sha] = last
    return Carried(last, acts.unseen) if last else None


def _brought_by(repository: Repository, change: Change, project: PurePosixPath) -> str:
    """The newest commit of the change that did something to the project: a release may be made of
    one that did not, whose revert would change nothing."""
    asked = ("log", "--max-count=1", "--first-parent", "--format=%H", f"^{change.good}", change.bad)
    found = git_checked(repository.root, *asked, "--", str(project)).text.strip()
    return found or change.bad


def _later(repository: Repository, sha: str, bad: str) -> list[_Logged]:
    """What `sha` has and `bad` has not, each after its parents."""
    asked = ("log", "--topo-order", "--reverse", "-z", "--format=tformat:%H%n%P%n%B")
    output = git_checked(
        repository.root, *asked, "--encoding=UTF-8", "--no-show-signature", sha, f"^{bad}", "--"
    ).stdout
    records = output.decode("utf-8", "replace").split("\0")[:-1]
    fields = (record.split("\n", 2) for record in records)
    return [_Logged(own, tuple(parents.split()), body) for own, parents, body in fields]


def _compared(repository: Repository, change: Change | None, bad: str, sha: str) -> _Acts:
    """Which commits that `sha` has and `bad` has not do what the change did, or its reverse."""
    before = parent_of(repository, bad)
    names = changed_names(repository, before, bad)
    if change is not None:
        names |= changed_names(repository, change.good, change.bad)
    wide = len(names) > _MOST_NAMES or any("\n" in name for name in names)
    those = touching(repository, sha, bad, None if wide else sorted(names)) if names else ()
    half = MOST_PATCHES // 2
    unseen = max(0, len(those) - MOST_PATCHES)
    ids = patch_ids(repository, (*those[:half], *those[-half:]) if unseen else those)
    pairs = [(before, bad)]
    pairs += [(change.good, change.bad)] if change is not None else []
    there = {patch_id(repository, *pair) for pair in pairs} if ids else set()
    back = {patch_id(repository, newer, older) for older, newer in pairs} if ids else set()
    # A patch of nothing but spaces has the id of its reverse, and tells nothing.
    unclear = there & back

    def is_there(name: str) -> bool:
        try:
            return repository.is_ancestor(repository.resolve(name), sha)
        except GitError:
            return False

    return _Acts(
        bad,
        frozenset(those),
        frozenset(own for own, patch in ids.items() if patch in there - unclear),
        frozenset(own for own, patch in ids.items() if patch in back - unclear),
        unseen,
        is_there,
    )
