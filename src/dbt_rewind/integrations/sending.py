"""Sends messages to several receivers at once, for a bounded time."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from dbt_rewind.integrations.channel import Channel, DeliveryFailed, DeliveryRefused
from dbt_rewind.model import Message

_NOT_YET: Final = "not answered yet"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt. Without a problem the receiver has the message; `link` is where
    it can be seen. `refused`: it is of no use to try again. `after`: not before so long."""

    message: Message
    problem: str | None = None
    refused: bool = False
    after: timedelta | None = None
    link: str | None = None


def send_all(
    environment: str,
    channels: Mapping[str, Channel],
    messages: Sequence[Message],
    within: timedelta,
) -> tuple[Outcome, ...]:
    """One outcome for each message that was attempted, each channel's in their order.

    Each channel has a thread of its own. When `within` is over, those that have not answered are
    left to themselves: they neither block nor fail whoever asks, and end with the process.
    """
    until = time.monotonic() + within.total_seconds()
    threads = [
        _Sending(environment, channels[name], [each for each in messages if each.channel == name])
        for name in dict.fromkeys(message.channel for message in messages)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    silence = f"no answer within {within.total_seconds():g} s"
    found = [outcome for thread in threads for outcome in thread.told(silence)]
    return tuple(sorted(found, key=lambda outcome: outcome.message.number))


class _Sending(threading.Thread):
    """Sends one channel's messages one by one, until one is not taken."""

    def __init__(self, environment: str, channel: Channel, messages: Sequence[Message]) -> None:
        super().__init__(daemon=True)
        self._environment = environment
        self._channel = channel
        self._messages = messages
        self._lock = threading.Lock()
        self._outcomes: list[Outcome] = []
        self._is_over = False

    def run(self) -> None:
        for message in self._messages:
            if not self._begin(message):
                return
            outcome = _attempt(self._environment, self._channel, message)
            if not self._end(outcome):
                return
            if outcome.problem is not None and not outcome.refused:
                return  # who did not take one message keeps the others waiting as well

    def _begin(self, message: Message) -> bool:
        """Whether there is time left."""
        with self._lock:
            if not self._is_over:
                self._outcomes.append(Outcome(message, _NOT_YET))
            return not self._is_over

    def _end(self, outcome: Outcome) -> bool:
        """Whether somebody still waits for it."""
        with self._lock:
            if not self._is_over:
                self._outcomes[-1] = outcome
            return not self._is_over

    def told(self, silence: str) -> list[Outcome]:
        """What has come of it until now; nothing more is begun. `silence` is the problem of what
        has not been answered."""
        with self._lock:
            self._is_over = True
            return [
                replace(outcome, problem=silence) if outcome.problem is _NOT_YET else outcome
                for outcome in self._outcomes
            ]


def _attempt(environment: str, channel: Channel, message: Message) -> Outcome:
    try:
        return Outcome(message, link=channel.send(environment, message))
    except DeliveryRefused as refused:
        return Outcome(message, refused.problem, refused=True)
    except DeliveryFailed as failed:
        return Outcome(message, failed.problem, after=failed.after)
    except Exception as error:
        # A fault of ours must not end the command whose work is done; it is told as any other.
        return Outcome(message, f"{type(error).__name__}, which is a fault of dbt-rewind")
