"""A way to people or to another system, and what can be wrong with one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from dbt_rewind.model import Message


@dataclass(eq=False)
class DeliveryFailed(Exception):
    """A receiver did not take a message; it may the next time, `after` so long at the earliest.

    `problem` is free of secrets; `fix` says what to do, where that is known.
    """

    problem: str
    after: timedelta | None = None
    fix: str = ""

    def __str__(self) -> str:
        return self.problem


@dataclass(eq=False)
class DeliveryRefused(DeliveryFailed):
    """A receiver will not take this message, however often it is sent."""


@dataclass(eq=False)
class ChannelUnusable(Exception):
    """Nothing can be sent from here: a variable is not set, a package is missing, the address is
    none. `fix` says what to do."""

    problem: str
    fix: str

    def __str__(self) -> str:
        return self.problem


class Channel(Protocol):
    """One receiver.

    `keeps_order`: what is sent about one incident builds on what was sent before, so that two
    processes must not send about the same one at the same time.
    """

    @property
    def keeps_order(self) -> bool: ...

    def send(self, environment: str, message: Message) -> str | None:
        """Has the receiver take the message; returns where it can be seen, where that is known.

        A message may come a second time, if a kill kept the first from being recorded: `id` and
        environment tell. Raises DeliveryFailed, DeliveryRefused.
        """
        ...

    def try_out(self, subject: str, body: str) -> str | None:
        """Has the receiver take a message that is recorded nowhere and asks nothing of anybody;
        returns where it can be seen, where that is known. Raises as `send`."""
        ...


@dataclass(slots=True)
class SilentChannel:
    """Does nothing but keep what it was given."""

    taken: list[Message] = field(default_factory=list)
    keeps_order: bool = False

    def send(self, environment: str, message: Message) -> str | None:  # noqa: ARG002
        self.taken.append(message)
        return None

    def try_out(self, subject: str, body: str) -> str | None:  # noqa: ARG002
        return None


def titled(message: Message) -> str:
    """The subject with the message's id, by which receivers tell a repetition."""
    return f"{message.subject} ({message.id})"


def signed(environment: str, message: Message) -> str:
    """The body with the message's id."""
    return f"{message.body}\n\nMessage {message.id} of {environment}, sent by dbt-rewind"
