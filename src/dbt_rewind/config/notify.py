"""What rewind.yml says of who is told, and how."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from dbt_rewind.config.address import secrets_in
from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.rules import PROBLEM, Settings
from dbt_rewind.model import Severity, Topic
from dbt_rewind.redact import know_secrets

LONGEST: Final = timedelta(minutes=1)

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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
    """The channels, and how long they are tried."""

    channels: dict[Annotated[str, Field(min_length=1)], ChannelConfig] = Field(
        default_factory=dict, description="The channels by name."
    )
    timeout: Annotated[str, AfterValidator(_timeout)] = Field(
        default="5s", description="The longest that a command waits for receivers, all in all."
    )
    attempts: int = Field(
        default=8, ge=1, le=20, description="After how many failures a message is given up."
    )

    def chosen_environments(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The environments that are named, each with its place in this mapping."""
        for name, channel in self.channels.items():
            for at, chosen in enumerate(channel.environments or ()):
                yield ("channels", name, "environments", at), chosen


def know_channels(config: NotifyConfig) -> None:
    """Has the secrets of all channels masked, before anything is recorded or told."""
    for channel in config.channels.values():
        know_secrets(secrets_in(value_of(channel.url)))


def value_of(variable: str) -> str:
    """What the environment variable holds; nothing where it is not set."""
    return os.environ.get(variable, "").strip()
