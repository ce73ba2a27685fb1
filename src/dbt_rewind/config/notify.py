"""What rewind.yml says of who is told, and how."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from dbt_rewind.config.address import secrets_in
from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.github import GithubConfig, GithubIssuesConfig
from dbt_rewind.config.rules import PROBLEM, Settings
from dbt_rewind.config.told import ToldConfig, Variable, value_of
from dbt_rewind.redact import know_secrets

LONGEST: Final = timedelta(minutes=1)

GITHUB: Final = "github"
"""The name of the channel that `notify.github` sets."""


def _timeout(text: str) -> str:
    try:
        fits = timedelta(0) < parse_duration(text) <= LONGEST
    except ValueError:
        fits = False
    if not fits:
        raise PydanticCustomError(PROBLEM, "must be a time such as 500ms or 5s, at most 1m")
    return text


class ChannelConfig(ToldConfig):
    """One way to people: a Slack channel, PagerDuty, a mailbox."""

    url: Variable = Field(
        description="The environment variable that holds the address, as Apprise writes it."
    )


class NotifyConfig(Settings):
    """The channels, and how long they are tried."""

    channels: dict[Annotated[str, Field(min_length=1)], ChannelConfig] = Field(
        default_factory=dict, description="The channels by name."
    )
    github: GithubIssuesConfig | None = Field(
        default=None, description="The repository on GitHub where incidents become issues."
    )
    timeout: Annotated[str, AfterValidator(_timeout)] = Field(
        default="5s", description="The longest that a command waits for receivers, all in all."
    )
    attempts: int = Field(
        default=8, ge=1, le=20, description="After how many failures a message is given up."
    )

    def chosen_environments(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The environments that are named, each with its place in this mapping."""
        told: dict[tuple[str, ...], ToldConfig] = {
            ("channels", name): channel for name, channel in self.channels.items()
        }
        if self.github is not None:
            told["github",] = self.github
        for place, channel in told.items():
            for at, chosen in enumerate(channel.environments or ()):
                yield (*place, "environments", at), chosen

    @field_validator("channels")
    @classmethod
    def _names_are_free(cls, channels: dict[str, ChannelConfig]) -> dict[str, ChannelConfig]:
        if GITHUB in channels:
            words = "is the name of what `notify.github` sets: call the channel something else"
            raise PydanticCustomError(PROBLEM, words, {"at": (GITHUB,)})
        return channels


def know_channels(config: NotifyConfig, github: GithubConfig) -> None:
    """Has the secrets of all channels and of GitHub masked, before anything is recorded or told."""
    for channel in config.channels.values():
        know_secrets(secrets_in(value_of(channel.url)))
    know_secrets({value_of(github.token)})
    if config.github is not None:
        know_secrets({value_of(config.github.over(github).token)})
