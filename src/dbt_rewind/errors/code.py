"""Users see the good release again, and the code is not where the data is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError
from dbt_rewind.errors.git import GitError
from dbt_rewind.errors.input import InputError


@dataclass(eq=False)
class CodeApart(RewindError):
    """The data went back, the code did not. `live` is the release that users see, `holds` are the
    commits in quarantine that `branch` of the remote still holds, as far as can be told. `cause` is
    the slug of what was in the way, `problem` what it says, `advice` lines that help, and `next`
    what comes next."""

    slug: ClassVar[str] = "code-apart"
    exit_code: ClassVar[ExitCode] = ExitCode.APART

    environment: str
    live: str
    remote: str
    branch: str
    holds: tuple[str, ...]
    cause: str
    problem: str
    advice: tuple[str, ...]
    next: str

    @property
    def message(self) -> str:
        held = " and ".join(sha[:7] for sha in self.holds)
        return (
            f"users of {self.environment} see {self.live}, and {self.branch} at {self.remote} still"
            f" holds {held}: {self.problem}"
        )

    @property
    def hint(self) -> str:
        return self.next

    @property
    def details(self) -> tuple[str, ...]:
        return self.advice


@dataclass(eq=False)
class CodeConflict(GitError):
    """A commit does not come out, or go in, by itself. It is number `number` of `total`; `folder`
    is the worktree that shows the conflict."""

    slug: ClassVar[str] = "code-conflict"

    environment: str
    verb: str
    commit: str
    subject: str
    number: int
    total: int
    files: tuple[str, ...]
    folder: str

    @property
    def message(self) -> str:
        what = f"{self.verb} of {self.commit[:7]} ({self.subject})"
        return f"the {what}, {self.number} of {self.total}, is in conflict with later commits"

    @property
    def hint(self) -> str:
        return (
            f"put the files right in {self.folder}, `git add` them there, and run `rewind rollback"
            f" --continue -e {self.environment}`; `--abort` gives it up"
        )

    @property
    def details(self) -> tuple[str, ...]:
        shown = self.files[:10]
        more = len(self.files) - len(shown)
        return (
            *(f"  in conflict  {name}" for name in shown),
            *((f"  and {more} more",) if more else ()),
        )


@dataclass(eq=False)
class ConflictWaits(GitError):
    """An earlier rollback is in conflict, and nobody has gone on with it or given it up."""

    slug: ClassVar[str] = "conflict-waits"

    environment: str
    folder: str

    @property
    def message(self) -> str:
        return f"an earlier rollback's code is in conflict in {self.folder}"

    @property
    def hint(self) -> str:
        return (
            f"go on with `rewind rollback --continue -e {self.environment}`, or give it up with"
            " `--abort`"
        )


@dataclass(eq=False)
class NothingToContinue(InputError):
    """No rollback is in conflict."""

    slug: ClassVar[str] = "nothing-to-continue"

    environment: str

    @property
    def message(self) -> str:
        return f"no rollback of {self.environment} is in conflict"

    @property
    def hint(self) -> str:
        return f"`rewind rollback --code-only -e {self.environment}` takes the code back"


@dataclass(eq=False)
class CodeBusy(RewindError):
    """Another process is taking an environment's code back here."""

    slug: ClassVar[str] = "code-busy"
    exit_code: ClassVar[ExitCode] = ExitCode.LOCKED

    environment: str

    @property
    def message(self) -> str:
        return f"another command takes the code of {self.environment} back just now"

    @property
    def hint(self) -> str:
        return "wait for it, and try again"


@dataclass(eq=False)
class PushRefused(GitError):
    """The remote takes no such push; `reason` is in its words."""

    slug: ClassVar[str] = "push-refused"

    remote: str
    branch: str
    reason: str

    @property
    def message(self) -> str:
        return f"{self.remote} does not take the push to {self.branch}: {self.reason}"

    @property
    def hint(self) -> str:
        return "`--strategy revert` with `git.push: auto` proposes it by a pull request instead"


@dataclass(eq=False)
class ResetRefused(InputError):
    """The branch must not lose commits; `why` says why not."""

    slug: ClassVar[str] = "reset-refused"

    environment: str
    branch: str
    why: str

    @property
    def message(self) -> str:
        return f"{self.branch} cannot be reset: {self.why}"

    @property
    def hint(self) -> str:
        return "`--strategy revert` takes the same back, and loses nothing"


@dataclass(eq=False)
class RemoteMoves(GitError):
    """Others push to the branch faster than the reverts are made."""

    slug: ClassVar[str] = "remote-moves"

    remote: str
    branch: str
    times: int

    @property
    def message(self) -> str:
        often = "just now" if self.times == 1 else f"{self.times} times meanwhile"
        return f"somebody else has pushed to {self.branch} at {self.remote} {often}"

    @property
    def hint(self) -> str:
        return "try again when the others are done"


@dataclass(eq=False)
class StillHeld(GitError):
    """The reverts were made, and the change is still there, by `carried_by`. Nothing was pushed."""

    slug: ClassVar[str] = "still-held"

    commit: str
    carried_by: str

    @property
    def message(self) -> str:
        return (
            f"what {self.commit[:7]} brought would still be there after the reverts, by"
            f" {self.carried_by[:7]}; nothing was pushed"
        )

    @property
    def hint(self) -> str:
        return f"look at `git show {self.carried_by[:7]}`, and revert it by hand"


@dataclass(eq=False)
class NoRemote(InputError):
    """The environment's code is nowhere that a rollback could take it back: it has no branch, or
    the repository has no such remote."""

    slug: ClassVar[str] = "no-remote"

    environment: str
    branch: str | None
    remote: str

    @property
    def message(self) -> str:
        if self.branch is None:
            return f"{self.environment} has no branch whose code could go back"
        return f"the repository has no remote {self.remote}, where {self.branch} could go back"

    @property
    def hint(self) -> str:
        if self.branch is None:
            return f"set `environments.{self.environment}.branch` in rewind.yml, or use --data-only"
        return "`git remote add`, or set `git.remote` in rewind.yml, or use --data-only"


@dataclass(eq=False)
class BranchUnusable(InputError):
    """A branch cannot be made."""

    slug: ClassVar[str] = "branch-unusable"

    branch: str
    problem: str

    @property
    def message(self) -> str:
        return f"no branch {self.branch} can be made: {self.problem}"

    @property
    def hint(self) -> str:
        return "choose another name"


@dataclass(eq=False)
class NotAFix(InputError):
    """What is to be shipped is no fix of what is live: it is not built on the live commit, or has
    nothing beside it."""

    slug: ClassVar[str] = "not-a-fix"

    environment: str
    ref: str
    live: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.ref} is no fix of {self.live}, which is live in {self.environment}: " + (
            self.problem
        )

    @property
    def hint(self) -> str:
        return (
            f"`rewind fix start -e {self.environment}` begins one; `rewind deploy` takes any commit"
        )


@dataclass(eq=False)
class HotfixUnclear(InputError):
    """Where a hotfix's content is to come from cannot be used."""

    slug: ClassVar[str] = "hotfix-unclear"

    by: str
    problem: str

    @property
    def message(self) -> str:
        return f"a hotfix cannot be made by {self.by}: {self.problem}"

    @property
    def hint(self) -> str:
        return "`--by revert` takes back what was rolled back, and nothing else"
