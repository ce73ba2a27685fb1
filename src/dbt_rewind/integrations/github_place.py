"""Which repository on GitHub is the project's, and with what token it is asked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dbt_rewind.config.github import is_repository, repository_at
from dbt_rewind.config.told import value_of
from dbt_rewind.errors import GitError
from dbt_rewind.git.command import git
from dbt_rewind.integrations.channel import ChannelUnusable

if TYPE_CHECKING:
    from dbt_rewind.config.github import GithubConfig
    from dbt_rewind.integrations.github_api import Github


@dataclass(frozen=True, slots=True)
class Place:
    """`repository` is `owner/name`, `variable` holds the token; `api` is None where CI names it, or
    it is the public one."""

    repository: str
    variable: str
    api: str | None

    def open(self, seconds: float) -> Github:
        """The repository, where each answer takes so many seconds at most. Raises
        ChannelUnusable."""
        from dbt_rewind.integrations.github_api import open_github

        token = value_of(self.variable)
        if not token:
            raise ChannelUnusable(
                f"the environment variable {self.variable} is not set",
                f"set {self.variable} where commands run",
            )
        return open_github(self.repository, token, self.variable, self.api, seconds)


def place_of(config: GithubConfig, folder: Path, remote: str) -> Place:
    """The repository of the git work tree `folder`: as rewind.yml says, as CI says, or where the
    remote leads. Raises ChannelUnusable."""
    repository = config.repository or _of_ci() or _of_remote(config, folder, remote)
    if repository is None:
        raise ChannelUnusable(
            "nothing says which repository on GitHub it is",
            "set `github: {repository: owner/name}` in rewind.yml",
        )
    return Place(repository, config.token, config.api)


def _of_ci() -> str | None:
    named = os.environ.get("GITHUB_REPOSITORY", "").strip()
    return named if is_repository(named) else None


def _of_remote(config: GithubConfig, folder: Path, remote: str) -> str | None:
    try:
        found = git(folder, "remote", "get-url", "--", remote)
    except (GitError, NotADirectoryError):
        return None
    return repository_at(found.text, _hosts(config)) if found.status == 0 else None


def _hosts(config: GithubConfig) -> frozenset[str]:
    """The hosts of repositories that the token may be good for: no token goes to one that only a
    remote's address names."""
    servers = (config.api or "", os.environ.get("GITHUB_SERVER_URL", ""))
    named = {urlsplit(server).hostname or "" for server in servers}
    return frozenset({"github.com", *(host.removeprefix("api.") for host in named)} - {""})
