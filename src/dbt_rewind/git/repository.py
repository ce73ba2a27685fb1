"""Reading a git repository; nothing here changes anything."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Self

from dbt_rewind.errors import GitError, NotARepository, ShallowClone, UnknownRef
from dbt_rewind.git.command import git, git_checked, git_failed
from dbt_rewind.git.history import COMMIT_FORMAT, LogEntry, parse_log
from dbt_rewind.model.release import Commit


@dataclass(frozen=True, slots=True)
class Repository:
    """A git work tree: `root` is its top folder, `git_folder` what its linked worktrees share.

    Wherever a method takes a `sha`, it is a full commit id, as `resolve` returns it. Each method
    starts one git process, `log` two; every one raises GitMissing, and GitFailed for a failure
    that its contract does not name.
    """

    root: Path
    git_folder: Path = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The repository whose work tree holds `folder`, linked worktrees included.

        Raises NotARepository, also for a bare repository, which has no work tree.
        """
        arguments = ("rev-parse", "--show-toplevel", "--git-common-dir")
        try:
            completed = git(folder, *arguments)
        except NotADirectoryError:
            raise NotARepository(str(folder)) from None
        if completed.status != 0:
            # There is one, but git refuses it (an owner it does not trust): git says why.
            if any((above / ".git").exists() for above in (folder, *folder.absolute().parents)):
                raise git_failed(completed, *arguments)
            raise NotARepository(str(folder))
        # A folder's name may hold a line break; .git, which ends the second path, cannot follow it.
        root, common = os.fsdecode(completed.stdout).removesuffix("\n").rsplit("\n", 1)
        return cls(root=Path(root), git_folder=(folder / common).resolve())

    def resolve(self, ref: str) -> str:
        """The full commit id of a branch, tag, id or its beginning, or an expression on one.

        A branch that is only at `origin` is found too. Raises UnknownRef, or ShallowClone where a
        full clone might know it.
        """
        if not ref or ref.startswith("-") or not ref.isprintable():
            raise UnknownRef(ref)
        # Names go through standard input, where none can be taken for an option.
        names = (f"{ref}^{{commit}}", f"origin/{ref}^{{commit}}")
        completed = git(
            self.root, "cat-file", "--batch-check", input=os.fsencode("\n".join(names) + "\n")
        )
        for line in completed.text.splitlines():
            if found := re.fullmatch(r"([0-9a-f]{40,64}) commit [0-9]+", line):
                return found[1]
        raise self._unknown(ref)

    def commit(self, sha: str) -> Commit:
        """The commit's subject, author's name, and the tags that point at it, sorted.

        Raises UnknownRef, ShallowClone.
        """
        completed = git(self.root, "log", "--no-walk", *COMMIT_FORMAT, self._id(sha), "--")
        if completed.status != 0:
            raise self._unknown(sha)
        (entry,) = parse_log(completed.stdout)
        return Commit(sha=entry.sha, subject=entry.subject, author=entry.author, tags=entry.tags)

    def log(self, ref: str, limit: int) -> tuple[LogEntry, ...]:
        """At most `limit` commits reachable from `ref`, newest first.

        Raises UnknownRef, ShallowClone.
        """
        sha = self.resolve(ref)
        arguments = ("log", f"--max-count={limit}", *COMMIT_FORMAT, sha, "--")
        return parse_log(git_checked(self.root, *arguments).stdout)

    def tree(self, sha: str, path: PurePosixPath) -> str | None:
        """The object id of a folder in that commit, `.` for the whole; None where there is none.

        Two folders with one id hold the same files. Raises UnknownRef, ShallowClone.
        """
        if not _is_inside(path):
            return None
        # The slash admits folders only; nothing after the colon is the whole.
        name = f"{self._id(sha)}:{path}/" if path.parts else f"{self._id(sha)}:"
        completed = git(self.root, "rev-parse", "--verify", "--quiet", name)
        if completed.status == 0:
            return completed.text.strip()
        self.resolve(sha)
        return None

    def file(self, sha: str, path: PurePosixPath) -> bytes | None:
        """A file's content in that commit; None where there is no such file.

        Raises UnknownRef, ShallowClone.
        """
        if not _is_inside(path):
            return None
        completed = git(self.root, "cat-file", "blob", f"{self._id(sha)}:{path}")
        if completed.status == 0:
            return completed.stdout
        self.resolve(sha)
        return None

    def message(self, sha: str) -> str:
        """The commit's whole message. Raises GitFailed."""
        asked = (
            "log",
            "--no-walk",
            "--format=tformat:%B",
            "--encoding=UTF-8",
            "--no-show-signature",
        )
        return git_checked(self.root, *asked, self._id(sha), "--").text

    def branch(self) -> str | None:
        """The checked-out branch, also one without a commit yet; None on a detached head."""
        return git_checked(self.root, "branch", "--show-current").text.rstrip("\n") or None

    def has_branch(self, name: str) -> bool:
        """Whether there is a branch of that name, here or at `origin`."""
        full = (f"refs/heads/{name}", f"refs/remotes/origin/{name}")
        listed = git_checked(self.root, "for-each-ref", "--format=%(refname)", "--", *full)
        # Git also lists what lies below: refs/heads/main/x for refs/heads/main.
        return not set(full).isdisjoint(listed.text.splitlines())

    def uncommitted(self, path: PurePosixPath) -> tuple[str, ...]:
        """Files below `path` that differ from the last commit, sorted, relative to `root`.

        Changed, staged, deleted and untracked ones; not those that .gitignore names. A renamed
        file is there under both names.
        """
        completed = git_checked(
            self.root,
            *("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"),
            *("--", str(path)),
        )
        # Each record is two letters, a space and the name.
        return tuple(sorted({record[3:] for record in completed.text.split("\0") if record}))

    def commits_between(self, older: str, newer: str) -> int | None:
        """How many commits `newer` has that `older` has not.

        None where that cannot be told: one is unknown, or the clone is shallow.
        """
        if self.is_shallow:
            return None
        try:
            ids = (self._id(newer), f"^{self._id(older)}")
        except UnknownRef:
            return None
        completed = git(self.root, "rev-list", "--count", *ids, "--")
        return int(completed.text) if completed.status == 0 else None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `older` is `newer`, or one of the commits it is built on.

        Raises UnknownRef; ShallowClone where the answer lies beyond what was cloned.
        """
        ids = (self._id(older), self._id(newer))
        completed = git(self.root, "merge-base", "--is-ancestor", *ids)
        if completed.status == 0:
            return True
        if completed.status == 1 and not self.is_shallow:
            return False
        for sha in ids:
            self.resolve(sha)
        if self.is_shallow:
            raise ShallowClone(older)
        raise git_failed(completed, "merge-base", "--is-ancestor", *ids)

    def has_commit(self, sha: str) -> bool:
        """Whether git knows the commit; in a shallow clone, whether that is here."""
        return git(self.root, "cat-file", "-e", f"{self._id(sha)}^{{commit}}").status == 0

    def merge_bases(self, first: str, second: str) -> tuple[str, ...]:
        """Where the histories of two commits part; none where they have nothing in common."""
        ids = (self._id(first), self._id(second))
        completed = git(self.root, "merge-base", "--all", *ids)
        if completed.status > 1:
            raise git_failed(completed, "merge-base", "--all", *ids)
        return tuple(completed.text.split())

    def person(self) -> str:
        """Who works here: git's user.name, else the login name, else `unknown`."""
        from getpass import getuser

        name = " ".join(git(self.root, "config", "--get", "user.name").text.split())
        if name:
            return name
        try:
            return getuser()
        except (KeyError, OSError, ImportError):  # an account without a name, as in a container
            return "unknown"

    @property
    def is_shallow(self) -> bool:
        """Whether the clone lacks part of its history."""
        return (self.git_folder / "shallow").exists()

    def _id(self, sha: str) -> str:
        # Nothing but an id ever becomes an argument, so that none can be taken for an option.
        if not re.fullmatch(r"[0-9a-f]{40}([0-9a-f]{24})?", sha):
            raise UnknownRef(sha)
        return sha

    def _unknown(self, ref: str) -> GitError:
        return ShallowClone(ref) if self.is_shallow else UnknownRef(ref)


def _is_inside(path: PurePosixPath) -> bool:
    return not path.is_absolute() and ".." not in path.parts
