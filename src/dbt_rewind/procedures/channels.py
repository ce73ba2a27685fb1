"""Who is to be told of what happens in an environment, as rewind.yml says."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.environment import is_production
from dbt_rewind.config.notify import ChannelConfig
from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.integrations.channel import Channel, ChannelUnusable
from dbt_rewind.model import Severity, Topic
from dbt_rewind.procedures.messages import Announcement


@dataclass(frozen=True, slots=True)
class Receiver:
    """One channel before it is opened. `topics` are those it is told of, None: all; `least` is the
    mildest severity that it is told of. `variable` holds its address or token. `open` raises
    ChannelUnusable."""

    name: str
    topics: tuple[Topic, ...] | None
    least: Severity
    variable: str
    open: Callable[[], Channel]

    def wants(self, announcement: Announcement) -> bool:
        """What has no severity is told to all whose topic it is."""
        if self.topics is not None and announcement.topic not in self.topics:
            return False
        return announcement.severity is None or announcement.severity.rank <= self.least.rank


def receivers_of(config: RewindConfig, environment: str) -> tuple[Receiver, ...]:
    """Those who are told of that environment."""
    seconds = parse_duration(config.notify.timeout).total_seconds()
    return tuple(
        _apprise(name, channel, seconds)
        for name, channel in config.notify.channels.items()
        if _is_told(config, environment, channel.environments)
    )


def _is_told(config: RewindConfig, environment: str, chosen: tuple[str, ...] | None) -> bool:
    if chosen is None:
        return is_production(environment, config.environments[environment])
    return environment in chosen


def _apprise(name: str, config: ChannelConfig, seconds: float) -> Receiver:
    def opened() -> Channel:
        from dbt_rewind.integrations.address import secrets_in
        from dbt_rewind.integrations.apprise_channel import open_apprise
        from dbt_rewind.redact import know_secrets

        address = _value(config.url)
        know_secrets(secrets_in(address))
        return open_apprise(address, seconds)

    return Receiver(name, config.topics, config.severity, config.url, opened)


def _value(variable: str) -> str:
    value = os.environ.get(variable, "").strip()
    if not value:
        raise ChannelUnusable(
            f"the environment variable {variable} is not set", f"set {variable} where it is sent"
        )
    return value
