"""The one worktree in which an environment's commits are made, and what is done to it.

The user's files, index, branches and configuration stay as they are, and no hook runs. A worktree
stays only where a conflict waits for a person.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dbt_rewind.errors import CodeBusy
from dbt_rewind.git.command import git, git_checked, git_failed
from dbt_rewind.git.repository import Repository
from dbt_rewind.git.steps import Step, StepKind
from dbt_rewind.git.worktree import remove_worktree
from dbt_rewind.process import Completed

_SETTINGS: Final = (
    "core.sparseCheckout=false",  # the user's own view; a commit is made of every file
    # Big files are commits' pointers here, and stay so.
    *(
        "filter.lfs.smudge=",
        "filter.lfs.clean=",
        "filter.lfs.process=",
        "filter.lfs.required=false",
    ),
    *("merge.renames=true", "submodule.recurse=false", "i18n.commitEncoding=UTF-8"),
    *(
        "rerere.enabled=false",
        "commit.status=false",
        "core.autocrlf=false",
        "advice.detachedHead=false",
    ),
)
_ANONYMOUS: Final = "dbt-rewind@localhost"


@dataclass(eq=False)
class Conflicted(Exception):
    """A step does not go in by itself; `files` are those that a person has to look at."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """The worktree below `folder`, held by this process. `person` signs where git knows nobody."""

    repository: Repository
    folder: Path
    person: str

    @property
    def worktree(self) -> Path:
        return self.folder / "worktree"

    def start(self, tip: str) -> None:
        """Begins anew at that commit, with nothing checked out yet. Raises GitFailed."""
        self.clear()
        git_checked(
            self.repository.root,
            *("worktree", "add", "--quiet", "--detach", "--force", "--no-checkout"),
            *(str(self.worktree), tip),
            settings=_SETTINGS,
        )

    def clear(self) -> None:
        """Removes the worktree, if there is one."""
        if self.worktree.exists():
            remove_worktree(self.repository, self.worktree)

    @property
    def head(self) -> str:
        """The commit that was made last. Raises GitFailed."""
        return self._git("rev-parse", "--verify", "HEAD").text.strip()

    def take(self, step: Step, message: str) -> str | None:
        """Makes the step's commit and returns its id; None where it would change nothing.

        Raises Conflicted, and then the worktree shows it; GitFailed.
        """
        if step.kind is StepKind.RESTORE or self._tree("HEAD") == self._tree(step.base):
            # What comes out is known, to the byte; nothing need be checked out or merged.
            self._git("read-tree", self._tree(step.result))
        else:
            self._git("reset", "--quiet", "--hard", "HEAD")
            self._merge(step)
        return self.commit(step, message)

    def commit(self, step: Step, message: str) -> str | None:
        """As `take`, of what the index holds."""
        if unmerged := self.unmerged():
            raise Conflicted(unmerged)
        if self._git("write-tree").text.strip() == self._tree("HEAD"):
            self._git("reset", "--quiet", "--hard", "HEAD")
            return None
        author = self._author(step.sha) if step.kind is StepKind.PICK else ()
        arguments = ("commit", "--quiet", "--no-verify", "--cleanup=verbatim", *author, "-F", "-")
        settings = (*_SETTINGS, *self._identity())
        git_checked(
            self.worktree, *arguments, settings=settings, input=message.encode("utf-8", "replace")
        )
        return self.head

    def is_like(self, commit: str) -> bool:
        """Whether what was made last has the very content of that commit. Raises GitFailed."""
        return self._tree("HEAD") == self._tree(commit)

    def unmerged(self) -> tuple[str, ...]:
        """The files in conflict that nobody has added since. Raises GitFailed."""
        named = self._git("diff", "--name-only", "--diff-filter=U", "-z").stdout
        return tuple(sorted(filter(None, os.fsdecode(named).split("\0"))))

    def _merge(self, step: Step) -> None:
        verb = "revert" if step.kind is StepKind.REVERT else "cherry-pick"
        parent = () if step.mainline is None else ("--mainline", str(step.mainline))
        arguments = (verb, "--no-commit", *parent, step.sha)
        done = git(self.worktree, *arguments, settings=(*_SETTINGS, *self._identity()))
        if done.status == 0:
            return
        if files := self.unmerged():
            raise Conflicted(files)
        raise git_failed(done, *arguments)

    def _identity(self) -> tuple[str, ...]:
        """Settings that say who commits, where git would have to guess, as in CI."""
        asked = ("var", "GIT_COMMITTER_IDENT")
        strict = ("user.useConfigOnly=true",)
        if git(self.repository.root, *asked, settings=strict).status == 0:
            return ()
        name = " ".join(self.person.translate({ord(each): None for each in "<>\n"}).split())
        return (f"user.name={name or 'dbt-rewind'}", f"user.email={_ANONYMOUS}")

    def _author(self, sha: str) -> tuple[str, ...]:
        asked = ("log", "-1", "--no-show-signature", "--format=%an <%ae>%n%ad", "--date=raw", sha)
        who, when = self._git(*asked, "--").text.splitlines()
        return (f"--author={who}", f"--date=@{when}")

    def _tree(self, commit: str) -> str:
        return self._git("rev-parse", "--verify", f"{commit}^{{tree}}").text.strip()

    def _git(self, *arguments: str) -> Completed:
        return git_checked(self.worktree, *arguments, settings=_SETTINGS)


@contextmanager
def holding_bench(repository: Repository, folder: Path, person: str) -> Iterator[Bench]:
    """Holds the bench in `folder` for the block, whatever is on it. Raises CodeBusy where another
    process has it."""
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CodeBusy(folder.name) from None
        yield Bench(repository, folder.resolve(), person)
    finally:
        os.close(held)


def clear_abandoned(repository: Repository, folder: Path) -> None:
    """Removes what a killed process has left on the bench; not what is in use, or in conflict."""
    with suppress(CodeBusy):
        if folder.is_dir() and not (folder / CONFLICT).exists():
            with holding_bench(repository, folder, "") as bench:
                bench.clear()


CONFLICT: Final = "conflict.json"
"""What is remembered of a conflict, beside the worktree."""
