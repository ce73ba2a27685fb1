"""Git cannot give what is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError


class GitError(RewindError):
    """Exit 4: git, or the repository."""

    exit_code: ClassVar[ExitCode] = ExitCode.GIT


@dataclass(eq=False)
class GitMissing(GitError):
    """There is no git."""

    slug: ClassVar[str] = "git-missing"

    @property
    def message(self) -> str:
        return "git is not installed, or not on PATH"

    @property
    def hint(self) -> str:
        return "install git and try again"


@dataclass(eq=False)
class NotARepository(GitError):
    """The folder is in no git work tree."""

    slug: ClassVar[str] = "not-a-repository"

    folder: str

    @property
    def message(self) -> str:
        return f"{self.folder} is not inside a git repository"

    @property
    def hint(self) -> str:
        return "run `git init` and commit the dbt project: a release is made of a commit"


@dataclass(eq=False)
class UnknownRef(GitError):
    """A ref does not resolve to a commit."""

    slug: ClassVar[str] = "unknown-ref"

    ref: str

    @property
    def message(self) -> str:
        return f"git knows no commit, tag or branch {self.ref!r}"

    @property
    def hint(self) -> str:
        return "`git fetch --tags`, or see `rewind history --git`"


@dataclass(eq=False)
class ShallowClone(GitError):
    """The ref may exist, but this clone has no full history."""

    slug: ClassVar[str] = "shallow-clone"

    ref: str

    @property
    def message(self) -> str:
        return f"{self.ref!r} is not in this shallow clone"

    @property
    def hint(self) -> str:
        return "`git fetch --unshallow --tags` (in GitHub Actions: `fetch-depth: 0`)"


@dataclass(eq=False)
class UncommittedChanges(GitError):
    """A deploy of the checkout would leave something out."""

    slug: ClassVar[str] = "uncommitted-changes"

    files: tuple[str, ...]

    @property
    def message(self) -> str:
        shown = ", ".join(self.files[:3])
        more = f" and {len(self.files) - 3} more" if len(self.files) > 3 else ""
        return f"the dbt project has changes that no commit holds: {shown}{more}"

    @property
    def hint(self) -> str:
        return "commit or stash them, or name what to deploy: `rewind deploy HEAD`"


@dataclass(eq=False)
class GitFailed(GitError):
    """A git command failed in a way we do not know."""

    slug: ClassVar[str] = "git-failed"

    command: str
    output: str

    @property
    def message(self) -> str:
        return f"`{self.command}` failed: {self.output}"

    @property
    def hint(self) -> str:
        return "run the command by hand to see more"


@dataclass(eq=False)
class RemoteUnreachable(GitError):
    """A remote does not answer, or lets nobody in; `problem` is in git's words."""

    slug: ClassVar[str] = "remote-unreachable"

    remote: str
    problem: str

    @property
    def message(self) -> str:
        return f"the remote {self.remote} cannot be reached: {self.problem}"

    @property
    def hint(self) -> str:
        return f"look at the network, and at `git ls-remote {self.remote}`; then try again"


@dataclass(eq=False)
class RemoteBranchMissing(GitError):
    """The remote has no such branch."""

    slug: ClassVar[str] = "remote-branch-missing"

    remote: str
    branch: str

    @property
    def message(self) -> str:
        return f"{self.remote} has no branch {self.branch}"

    @property
    def hint(self) -> str:
        return "correct `branch` of the environment, or `git.remote`, in rewind.yml"


@dataclass(eq=False)
class NotBuiltOn(GitError):
    """No commits lead from the bad commit back to the good one; `good` is empty where the bad one
    has no parent."""

    slug: ClassVar[str] = "not-built-on"

    bad: str
    good: str

    @property
    def message(self) -> str:
        if not self.good:
            return f"{self.bad[:7]} is the first commit, and cannot be reverted"
        return (
            f"{self.bad[:7]} is not built on {self.good[:7]}, so that no reverts lead from one to"
            " the other"
        )

    @property
    def hint(self) -> str:
        return "take the code back by hand; --data-only leaves it alone"
