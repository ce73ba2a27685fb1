"""The user's own branches: making one, and checking it out where nothing can be lost."""

from __future__ import annotations

from dbt_rewind.errors import BranchUnusable
from dbt_rewind.git.command import git, git_checked
from dbt_rewind.git.repository import Repository


def make_branch(repository: Repository, name: str, sha: str) -> None:
    """Makes the branch at that commit. Raises BranchUnusable where git admits no such name, or has
    the branch already; GitFailed."""
    if git(repository.root, "check-ref-format", f"refs/heads/{name}").status != 0:
        raise BranchUnusable(name, "git admits no such name")
    if git(repository.root, "rev-parse", "--verify", "--quiet", f"refs/heads/{name}").status == 0:
        raise BranchUnusable(name, "there is one already")
    git_checked(repository.root, "update-ref", f"refs/heads/{name}", sha, "")


def changed_files(repository: Repository) -> tuple[str, ...]:
    """The files under git's care that differ from the last commit, sorted. Raises GitFailed."""
    asked = ("status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
    records = git_checked(repository.root, *asked).text.split("\0")
    return tuple(sorted(record[3:] for record in records if record))


def check_out(repository: Repository, name: str) -> None:
    """Checks the branch out. Raises GitFailed, as where an untracked file is in the way."""
    git_checked(repository.root, "switch", "--quiet", name)
