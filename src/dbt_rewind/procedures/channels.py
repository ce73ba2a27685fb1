"""Who is to be told of what happens in an environment, as rewind.yml says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.environment import is_production
from dbt_rewind.config.github import GithubIssuesConfig
from dbt_rewind.config.notify import GITHUB, ChannelConfig
from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.config.told import value_of
from dbt_rewind.integrations.channel import Channel, ChannelUnusable
from dbt_rewind.model import Severity, Topic

if TYPE_CHECKING:
    from dbt_rewind.engine.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Receiver:
    """One channel before it is opened. `topics` are those it is told of, None: all; `least` is the
    mildest severity that it is told of. `of_incidents`: it is told of what belongs to an incident,
    and of nothing else. `open` raises ChannelUnusable."""

    name: str
    topics: tuple[Topic, ...] | None
    least: Severity
    open: Callable[[], Channel]
    of_incidents: bool = False

    def hears_of(self, topic: Topic) -> bool:
        return self.topics is None or topic in self.topics

    def wants(self, topic: Topic, severity: Severity | None) -> bool:
        """What has no severity is told to all whose topic it is."""
        return self.hears_of(topic) and (severity is None or severity.rank <= self.least.rank)


def receivers_of(workspace: Workspace) -> tuple[Receiver, ...]:
    """Those who are told of the workspace's environment."""
    config, environment = workspace.config, workspace.name
    notify = config.notify
    seconds = parse_duration(notify.timeout).total_seconds()
    found = [
        _apprise(name, channel, seconds)
        for name, channel in notify.channels.items()
        if _is_told(config, environment, channel.environments)
    ]
    if notify.github and _is_told(config, environment, notify.github.environments):
        found.append(_github(workspace, notify.github, seconds))
    return tuple(found)


def _is_told(config: RewindConfig, environment: str, chosen: tuple[str, ...] | None) -> bool:
    if chosen is None:
        return is_production(environment, config.environments[environment])
    return environment in chosen


def _apprise(name: str, config: ChannelConfig, seconds: float) -> Receiver:
    def opened() -> Channel:
        from dbt_rewind.integrations.apprise_channel import open_apprise

        return open_apprise(_value(config.url), seconds)

    return Receiver(name, config.topics, config.severity, opened)


def _github(workspace: Workspace, config: GithubIssuesConfig, seconds: float) -> Receiver:
    def opened() -> Channel:
        from dbt_rewind.integrations.github_issues import GithubIssues
        from dbt_rewind.integrations.github_place import place_of

        settings = config.over(workspace.config.github)
        place = place_of(settings, workspace.root, workspace.config.git.remote)
        return GithubIssues(place.open(seconds), config.labels)

    return Receiver(GITHUB, config.topics, config.severity, opened, of_incidents=True)


def _value(variable: str) -> str:
    value = value_of(variable)
    if not value:
        raise ChannelUnusable(
            f"the environment variable {variable} is not set", f"set {variable} where commands run"
        )
    return value
