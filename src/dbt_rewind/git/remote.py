"""A remote's branches: fetching them, and pushing to them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dbt_rewind.errors import RemoteBranchMissing, RemoteUnreachable
from dbt_rewind.git.command import git, git_checked, git_failed, without_tokens
from dbt_rewind.git.repository import Repository
from dbt_rewind.process import Completed

PATIENCE: Final = 120.0
"""The longest that a fetch or a push may take, in seconds."""

_FETCH: Final = (
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
)
_PUSH: Final = ("push", "--porcelain", "--no-verify", "--recurse-submodules=no")
_NO_MATCH: Final = 2
"""The exit status of `git ls-remote --exit-code` where the remote answers and has none."""

_RACE: Final = re.compile(r"cannot lock ref|failed to update ref|reference already exists")


class Answer(StrEnum):
    """What the remote did with a ref. `MOVED`: somebody else has changed it in between. `REFUSED`:
    it takes no such push, as for a protected branch."""

    TAKEN = "taken"
    MOVED = "moved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Pushed:
    """How the remote answered; `reason` is in its own words, without secrets."""

    answer: Answer
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Remote:
    """The remote called `name` of a repository."""

    repository: Repository
    name: str

    @property
    def address(self) -> str:
        """Where it is, empty where there is no such remote. It may hold a token."""
        found = git(self.repository.root, "remote", "get-url", self.name)
        return found.text.rstrip("\n") if found.status == 0 else ""

    def fetched(self, branch: str) -> str | None:
        """The tip of the branch as it was fetched last; None where it never was."""
        asked = ("rev-parse", "--verify", "--quiet", f"{self._tracking(branch)}^{{commit}}")
        found = git(self.repository.root, *asked)
        return found.text.strip() if found.status == 0 else None

    def fetch(self, branch: str, *, timeout: float = PATIENCE) -> str:
        """Fetches the branch with its whole history, and returns its tip.

        Raises RemoteUnreachable, RemoteBranchMissing, GitFailed.
        """
        whole = ("--unshallow",) if self.repository.is_shallow else ()
        refs = f"+refs/heads/{branch}:{self._tracking(branch)}"
        done = self._asked(*_FETCH, *whole, self.name, refs, timeout=timeout)
        tip = self.fetched(branch)
        if done.status == 0 and tip is not None:
            return tip
        listed = self._asked("ls-remote", "--exit-code", self.name, f"refs/heads/{branch}")
        if listed.status == _NO_MATCH:
            raise RemoteBranchMissing(self.name, branch)
        if listed.status != 0:
            raise RemoteUnreachable(self.name, _first_words(listed))
        raise git_failed(done, *_FETCH, *whole, self.name, refs)

    def branches(self, pattern: str) -> Mapping[str, str]:
        """The tips of the remote's branches whose name matches, `*` standing for any text.

        Raises RemoteUnreachable.
        """
        listed = self._asked("ls-remote", self.name, f"refs/heads/{pattern}")
        if listed.status != 0:
            raise RemoteUnreachable(self.name, _first_words(listed))
        lines = (line.split("\t") for line in listed.text.splitlines())
        return {ref.removeprefix("refs/heads/"): sha for sha, ref in lines}

    def push(self, refs: Mapping[str, str], *, over: Mapping[str, str] | None = None) -> Pushed:
        """Has the remote's branches point at those commits: all of them, or none.

        Only forward, except for the branches in `over`, which may lose commits if their tip is
        what `over` says. Raises RemoteUnreachable, GitFailed.
        """
        leases = [
            f"--force-with-lease=refs/heads/{name}:{tip}" for name, tip in (over or {}).items()
        ]
        atomic = ("--atomic",) if len(refs) > 1 else ()
        wanted = [f"{sha}:refs/heads/{name}" for name, sha in refs.items()]
        arguments = (*_PUSH, *atomic, *leases, self.name, *wanted)
        done = self._asked(*arguments, settings=("push.followTags=false",))
        refused = _refused(done.text)
        if done.status == 0 and refused is None:
            for name, sha in refs.items():
                # Git does so itself only where the remote's branches are all fetched.
                git_checked(self.repository.root, "update-ref", self._tracking(name), sha)
            return Pushed(Answer.TAKEN)
        if refused is not None:
            return refused
        if self._asked("ls-remote", self.name, "HEAD").status != 0:
            raise RemoteUnreachable(self.name, _first_words(done))
        raise git_failed(done, *arguments)

    def _tracking(self, branch: str) -> str:
        return f"refs/remotes/{self.name}/{branch}"

    def _asked(
        self, *arguments: str, settings: tuple[str, ...] = (), timeout: float = PATIENCE
    ) -> Completed:
        try:
            return git(self.repository.root, *arguments, settings=settings, timeout=timeout)
        except TimeoutError:
            raise RemoteUnreachable(
                self.name, f"it does not answer within {timeout:.0f} seconds"
            ) from None


def _refused(output: str) -> Pushed | None:
    """What `git push --porcelain` says of refs that were not taken; None where all were."""
    lines = [line.split("\t") for line in output.splitlines() if line.startswith("!\t")]
    said = [words for _, _, words in lines if "atomic" not in words]
    if not said:
        return None
    reason = _reason(said)
    if any(words.startswith("[remote rejected]") and not _RACE.search(words) for words in said):
        return Pushed(Answer.REFUSED, reason)
    return Pushed(Answer.MOVED, reason)


def _reason(said: Sequence[str]) -> str:
    """`(pre-receive hook declined)` without what stands around it."""
    found = re.search(r"\((.+)\)$", said[0])
    return without_tokens(found[1] if found else said[0])


def _first_words(done: Completed) -> str:
    """The first line that git says, which is about what went wrong."""
    lines = [line.strip() for line in done.error_text.splitlines() if line.strip()]
    words = re.sub(r"^(fatal|error): ", "", lines[0]) if lines else f"exit status {done.status}"
    return without_tokens(words).rstrip(".")
