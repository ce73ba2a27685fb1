"""What rewind.yml says of GitHub."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from dbt_rewind.config.address import HERE
from dbt_rewind.config.rules import PROBLEM, Settings
from dbt_rewind.config.told import ToldConfig, Variable

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^/@]*@)?|[^/@:]+@)([A-Za-z0-9.-]+)(?::[0-9]+)?[/:](.+?)(?:\.git)?/?"
)


def is_api(text: str) -> bool:
    """Whether a token may go to that address: through TLS, or no further than this machine."""
    try:
        found = urlsplit(text)
        host, port = found.hostname, found.port
    except ValueError:
        return False
    if not host or port == 0 or found.username or found.query or found.fragment:
        return False
    return found.scheme == "https" or (found.scheme == "http" and host in HERE)


def is_repository(text: str) -> bool:
    """Whether the text is that of a repository, as owner/name."""
    return _REPOSITORY.fullmatch(text) is not None


def repository_at(remote: str, hosts: Collection[str]) -> str | None:
    """The repository (owner/name) that a remote's address leads to, if it is on one of the
    hosts."""
    found = _REMOTE.fullmatch(remote.strip())
    if found is None or found[1].casefold() not in hosts or not is_repository(found[2]):
        return None
    return found[2]


def _api(text: str) -> str:
    if not is_api(text):
        words = "must be the address of an API, such as https://github.example.com/api/v3"
        raise PydanticCustomError(PROBLEM, words)
    return text


def _repository(text: str) -> str:
    if not is_repository(text):
        raise PydanticCustomError(PROBLEM, "must be owner/name, such as acme/shop")
    return text


Labels = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=50)], ...], Field(strict=False)
]
RepositoryName = Annotated[str, AfterValidator(_repository)]
ApiAddress = Annotated[str, AfterValidator(_api)]


class GithubConfig(Settings):
    """The project's repository on GitHub."""

    repository: RepositoryName | None = Field(
        default=None,
        description=(
            "The repository, as owner/name; without it, GITHUB_REPOSITORY or the one that the "
            "remote's address names."
        ),
    )
    token: Variable = Field(
        default="GITHUB_TOKEN", description="The environment variable that holds a token."
    )
    api: ApiAddress | None = Field(
        default=None,
        description="The address of the API; without it, GITHUB_API_URL or https://api.github.com.",
    )


class GithubIssuesConfig(ToldConfig):
    """The repository whose issues tell of incidents."""

    repository: RepositoryName | None = Field(
        default=None, description="The repository, as owner/name; without it, that of `github`."
    )
    token: Variable | None = Field(
        default=None,
        description=(
            "The environment variable that holds a token which may write its issues; without it, "
            "that of `github`."
        ),
    )
    labels: Labels = Field(
        default=("incident",), description="The labels of an issue, beside the severity."
    )
    api: ApiAddress | None = Field(
        default=None, description="The address of the API; without it, that of `github`."
    )

    def over(self, shared: GithubConfig) -> GithubConfig:
        """The settings of `github`, with what is said here in their place."""
        said = {
            "repository": self.repository,
            "token": self.token,
            "api": self.api,
        }
        return shared.model_copy(update={key: value for key, value in said.items() if value})
