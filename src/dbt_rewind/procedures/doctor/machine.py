"""What is checked of the machine: Python, git, the disks."""

from __future__ import annotations

import platform
from pathlib import Path

from dbt_rewind._version import __version__
from dbt_rewind.git.command import git_checked
from dbt_rewind.git.repository import Repository
from dbt_rewind.model import Finding, Health


def check_python() -> Finding:
    """Which Python we run in; an older one could not have been installed into."""
    found = f"{platform.python_version()}, with dbt-rewind {__version__}"
    return Finding("python", Health.OK, found)


def git_version(folder: Path) -> str:
    """Raises GitMissing, GitFailed."""
    return git_checked(folder, "--version").text.strip().removeprefix("git version ")


def check_clone(repository: Repository) -> Finding:
    """Whether the whole history is here."""
    if repository.is_shallow:
        return Finding(
            "clone",
            Health.WARNING,
            f"{repository.root} has only the newest commits, so that older ones cannot be deployed",
            "git fetch --unshallow --tags (in GitHub Actions: `fetch-depth: 0`)",
        )
    return Finding("clone", Health.OK, f"{repository.root}, with its whole history")
