"""What rewind.yml says of GitHub."""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from dbt_rewind.config.rules import PROBLEM
from dbt_rewind.config.told import ToldConfig, Variable

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_HERE: Final = ("localhost", "127.0.0.1", "::1")


def is_api(text: str) -> bool:
    """Whether a token may go to that address: through TLS, or no further than this machine."""
    try:
        found = urlsplit(text)
        host, port = found.hostname, found.port
    except ValueError:
        return False
    if not host or port == 0 or found.username or found.query or found.fragment:
        return False
    return found.scheme == "https" or (found.scheme == "http" and host in _HERE)


def _api(text: str) -> str:
    if not is_api(text):
        words = "must be the address of an API, such as https://github.example.com/api/v3"
        raise PydanticCustomError(PROBLEM, words)
    return text


def _repository(text: str) -> str:
    if not _REPOSITORY.fullmatch(text):
        raise PydanticCustomError(PROBLEM, "must be owner/name, such as acme/shop")
    return text


Labels = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=50)], ...], Field(strict=False)
]


class GithubConfig(ToldConfig):
    """The repository whose issues tell of incidents."""

    repository: Annotated[str, AfterValidator(_repository)] = Field(
        description="The repository, as owner/name."
    )
    token: Variable = Field(
        default="GITHUB_TOKEN",
        description="The environment variable that holds a token which may write its issues.",
    )
    labels: Labels = Field(
        default=("incident",), description="The labels of an issue, beside the severity."
    )
    api: Annotated[str, AfterValidator(_api)] | None = Field(
        default=None,
        description="The address of the API; without it, GITHUB_API_URL or https://api.github.com.",
    )
