"""Pull requests: commits that somebody else lets in, where a branch takes none directly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request. `address` is where people see it, or can open it; empty where that is not
    known. `number` is None where nobody has opened it yet."""

    address: str
    number: int | None = None

    @property
    def is_open(self) -> bool:
        return self.number is not None


@dataclass(frozen=True, slots=True)
class Merged:
    """That it was merged as the commit `sha`; `deleted` says whether its branch is gone."""

    sha: str
    deleted: bool


@dataclass(eq=False)
class PullRequestFailed(Exception):
    """The host did not do what was asked; what was pushed is there. `problem` is free of secrets,
    and `fix` says what to do."""

    problem: str
    fix: str

    def __str__(self) -> str:
        return self.problem


class PullRequests(Protocol):
    """The pull requests of one repository. Branches are named without `refs/heads/`."""

    def propose(
        self, branch: str, base: str, title: str, body: str, labels: Sequence[str]
    ) -> Proposal:
        """The pull request that brings `branch`, which is pushed already, into `base`. One that is
        open already is returned as it is: asking twice opens none twice. Raises
        PullRequestFailed."""
        ...

    def merge(self, proposal: Proposal, sha: str, title: str) -> Merged | None:
        """Squash-merges it where the host allows that and its branch is still at `sha`, and deletes
        the branch; None where something else must happen first, as a review. Raises
        PullRequestFailed."""
        ...

    def is_protected(self, branch: str) -> bool | None:
        """Whether the host protects the branch; None where it cannot be told. Raises
        PullRequestFailed."""
        ...


@dataclass(frozen=True, slots=True)
class ByHand:
    """Opens nothing: says where a person can, as far as the remote's address tells."""

    remote: str

    def propose(
        self,
        branch: str,
        base: str,
        title: str,  # noqa: ARG002
        body: str,  # noqa: ARG002
        labels: Sequence[str],  # noqa: ARG002
    ) -> Proposal:
        return Proposal(compare_address(self.remote, branch, base))

    def merge(self, proposal: Proposal, sha: str, title: str) -> Merged | None:  # noqa: ARG002
        return None

    def is_protected(self, branch: str) -> bool | None:  # noqa: ARG002
        return None


def compare_address(remote: str, branch: str, base: str) -> str:
    """Where a host shows what the branch would bring, and lets one ask for it; empty where the
    remote's address is that of no host we know."""
    import re
    from urllib.parse import quote

    web = r"(?:https?://(?:[^/@]+@)?|ssh://(?:[^/@]+@)?|(?:[^/@:]+@))"
    found = re.fullmatch(rf"{web}([A-Za-z0-9.-]+)(?::\d+)?[:/](.+?)(?:\.git)?/?", remote)
    if found is None:
        return ""
    host, path = found[1], found[2]
    into, brought = quote(base), quote(branch)
    if "github" in host:
        return f"https://{host}/{path}/compare/{into}...{brought}?expand=1"
    if "gitlab" in host:
        source, target = quote(branch, safe=""), quote(base, safe="")
        asked = f"merge_request[source_branch]={source}&merge_request[target_branch]={target}"
        return f"https://{host}/{path}/-/merge_requests/new?{asked}"
    return ""
