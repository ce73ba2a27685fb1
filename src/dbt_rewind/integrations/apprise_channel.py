"""Slack, PagerDuty, mail, Teams and whatever else Apprise can reach."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dbt_rewind.integrations.address import without_address
from dbt_rewind.integrations.channel import ChannelUnusable, DeliveryFailed, signed, titled
from dbt_rewind.model import Message, Severity

if TYPE_CHECKING:
    from apprise import NotifyBase

_LOGGER: Final = "apprise"
_SILENT = "it did not take the message"


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """One address. The plugin that Apprise has for it sends in the thread that asks."""

    address: str
    plugin: NotifyBase

    @property
    def keeps_order(self) -> bool:
        return False

    def send(self, environment: str, message: Message) -> str | None:
        with _reasons() as reasons:
            try:
                taken = self.plugin.notify(
                    body=signed(environment, message),
                    title=titled(message),
                    notify_type=_type_of(message),
                )
            except Exception as error:
                # Whatever a plugin raises is its own affair; of the words, only the kind is safe.
                raise DeliveryFailed(f"sending failed: {type(error).__name__}") from None
        if not taken:
            words = reasons[-1] if reasons else _SILENT
            raise DeliveryFailed(without_address(words, self.address))
        return None


def open_apprise(address: str, seconds: float) -> AppriseChannel:
    """The channel at that address, which answers within so many seconds. Raises ChannelUnusable."""
    try:
        import apprise
    except ImportError:
        raise ChannelUnusable(
            "Apprise is not installed, which sends messages",
            "pip install 'dbt-rewind[notify]'",
        ) from None
    _keep_quiet()
    plugin = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if not isinstance(plugin, apprise.NotifyBase):
        raise ChannelUnusable(
            "what it holds is no address that Apprise knows",
            "write it as https://appriseit.com/services/ says",
        )
    # What an address says itself (`?rto=`) may be longer than a command can wait.
    plugin.socket_connect_timeout = min(plugin.socket_connect_timeout, seconds)
    plugin.socket_read_timeout = min(plugin.socket_read_timeout, seconds)
    return AppriseChannel(address, plugin)


def _type_of(message: Message) -> str:
    """In Apprise's words; PagerDuty and others take the urgency from it."""
    match message.severity:
        case Severity.CRITICAL | Severity.HIGH:
            return "failure"
        case Severity.MEDIUM:
            return "warning"
        case _:
            return "info"


def _keep_quiet() -> None:
    """What Apprise logs may hold its address, and nobody has asked to see it."""
    logger = logging.getLogger(_LOGGER)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


class _OfOneThread(logging.Handler):
    """Keeps the warnings that one thread logs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread = threading.get_ident()
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.words.append(" ".join(record.getMessage().split()))


@contextmanager
def _reasons() -> Iterator[list[str]]:
    """What Apprise says in this block of why something failed: it returns no more than a no."""
    logger = logging.getLogger(_LOGGER)
    handler = _OfOneThread()
    logger.addHandler(handler)
    try:
        yield handler.words
    finally:
        logger.removeHandler(handler)
