"""A test message to each channel, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dbt_rewind import clock
from dbt_rewind.config.duration import parse_duration
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import ChannelUnknown
from dbt_rewind.integrations.channel import Channel, ChannelUnusable
from dbt_rewind.integrations.sending import send_all
from dbt_rewind.model import Message, Topic
from dbt_rewind.procedures.channels import Receiver, receivers_of
from dbt_rewind.procedures.messages import trial


class Result(StrEnum):
    TAKEN = "taken"
    NOT_TAKEN = "not taken"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one channel's test. `link` is where the message can be seen, where that is
    known; `fix` says what to do about a channel that is unusable."""

    channel: str
    result: Result
    problem: str = ""
    fix: str = ""
    link: str | None = None


def try_channels(workspace: Workspace, name: str | None) -> tuple[Tried, ...]:
    """Sends a test message to each channel that is told of the environment, or to the one called
    `name`, within the time that rewind.yml grants. Nothing is recorded.

    Raises ChannelUnknown where there is none; GitError where nobody knows who asks.
    """
    receivers = receivers_of(workspace)
    chosen = [each for each in receivers if name in (None, each.name)]
    if not chosen:
        known = tuple(receiver.name for receiver in receivers)
        raise ChannelUnknown(name, workspace.name, known)
    channels, unusable = _opened(chosen)
    subject, body = trial(workspace.name, workspace.person)
    messages = [
        Message(number, clock.now(), channel, Topic.INCIDENT_NOTED, subject, body)
        for number, channel in enumerate(channels)
    ]
    trials = {channel: _Trial(found) for channel, found in channels.items()}
    within = parse_duration(workspace.config.notify.timeout)
    outcomes = send_all(workspace.name, trials, messages, within)
    tried = {
        outcome.message.channel: Tried(
            outcome.message.channel,
            Result.TAKEN if outcome.problem is None else Result.NOT_TAKEN,
            outcome.problem or "",
            link=outcome.link,
        )
        for outcome in outcomes
    }
    late = "it was not reached in time"
    return tuple(
        unusable.get(each.name) or tried.get(each.name, Tried(each.name, Result.NOT_TAKEN, late))
        for each in chosen
    )


def _opened(receivers: Iterable[Receiver]) -> tuple[dict[str, Channel], dict[str, Tried]]:
    channels, unusable = {}, {}
    for receiver in receivers:
        try:
            channels[receiver.name] = receiver.open()
        except ChannelUnusable as error:
            unusable[receiver.name] = Tried(
                receiver.name, Result.UNUSABLE, error.problem, error.fix
            )
    return channels, unusable


@dataclass(frozen=True, slots=True)
class _Trial:
    """Tries a channel out in place of sending."""

    channel: Channel

    @property
    def keeps_order(self) -> bool:
        return False

    def send(self, environment: str, message: Message) -> str | None:  # noqa: ARG002
        return self.channel.try_out(message.subject, message.body)

    def try_out(self, subject: str, body: str) -> str | None:
        return self.channel.try_out(subject, body)
