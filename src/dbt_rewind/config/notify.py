"""What rewind.yml says of who is told, and how."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.rules import PROBLEM, Settings
from dbt_rewind.model import Severity, Topic

GITHUB: Final = "github"
"""The name of the channel that `github:` makes."""

LONGEST: Final = timedelta(minutes=1)

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")


def _severity(value: Any) -> Any:
    if value not in tuple(Severity):
        raise _not_one_of(Severity)
    return Severity(value)


def _topic(value: Any) -> Any:
    if value not in tuple(Topic):
        raise _not_one_of(Topic)
    return Topic(value)


def _not_one_of(kind: type[Severity] | type[Topic]) -> PydanticCustomError:
    return PydanticCustomError(PROBLEM, "must be one of: {known}", {"known": ", ".join(kind)})


def _variable(text: str) -> str:
    # An address here would be a secret in a file that everybody reads.
    if not _VARIABLE.fullmatch(text):
        words = "must be the name of an environment variable: the address itself is a secret"
        raise PydanticCustomError(PROBLEM, words)
    return text


def _timeout(text: str) -> str:
    try:
        fits = timedelta(0) < parse_duration(text) <= LONGEST
    except ValueError:
        fits = False
    if not fits:
        raise PydanticCustomError(PROBLEM, "must be a time such as 500ms or 5s, at most 1m")
    return text


def _repository(text: str) -> str:
    if not _REPOSITORY.fullmatch(text):
        raise PydanticCustomError(PROBLEM, "must be an owner and a repository: acme/warehouse")
    return text


def _address(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise PydanticCustomError(PROBLEM, "must be an address that begins with https://")
    return text.rstrip("/")


Variable = Annotated[str, AfterValidator(_variable)]
FromSeverity = Annotated[Severity, BeforeValidator(_severity)]
Topics = Annotated[tuple[Annotated[Topic, BeforeValidator(_topic)], ...], Field(strict=False)]
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(strict=False)]


class ChannelConfig(Settings):
    """One way to people: a Slack channel, PagerDuty, a mailbox."""

    url: Variable = Field(
        description="The environment variable that holds the address, as Apprise writes it."
    )
    topics: Topics | None = Field(
        default=None, description="What it is told of; without it, of everything."
    )
    severity: FromSeverity = Field(
        default=Severity.LOW,
        description="From which severity on it is told: critical, high, medium or low.",
    )
    environments: Names | None = Field(
        default=None,
        description="The environments that it is told of; without it, those in production.",
    )


class NotifyConfig(Settings):
    """Who is told of incidents, approvals and rollbacks."""

    channels: dict[Annotated[str, Field(min_length=1)], ChannelConfig] = Field(
        default_factory=dict, description="The channels by name."
    )
    timeout: Annotated[str, AfterValidator(_timeout)] = Field(
        default="5s", description="The longest that a command waits for receivers, all in all."
    )
    attempts: int = Field(
        default=8, ge=1, le=20, description="After how many failures a message is given up."
    )

    @field_validator("channels")
    @classmethod
    def _github_is_no_channel(cls, channels: dict[str, ChannelConfig]) -> dict[str, ChannelConfig]:
        if GITHUB in channels:
            words = "is the name of the channel that the section `github` makes"
            raise PydanticCustomError(PROBLEM, words, {"at": (GITHUB,)})
        return channels


class GitHubConfig(Settings):
    """The repository in which incidents become issues."""

    repository: Annotated[str, AfterValidator(_repository)] = Field(
        description="Owner and repository: acme/warehouse."
    )
    token: Variable = Field(
        default="GITHUB_TOKEN",
        description="The environment variable that holds a token which may write issues.",
    )
    api: Annotated[str, AfterValidator(_address)] | None = Field(
        default=None,
        description="The API of a GitHub Enterprise Server; without it, github.com's.",
    )
    labels: Names = Field(
        default=("incident",),
        description="Labels of an incident's issue, beside that of its severity.",
    )
    severity: FromSeverity = Field(
        default=Severity.LOW,
        description="From which severity on incidents become issues: critical, high, medium, low.",
    )
    environments: Names | None = Field(
        default=None,
        description="The environments whose incidents become issues; without it, those in "
        "production.",
    )
