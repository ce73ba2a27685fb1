"""Slack, PagerDuty, mail, Teams and whatever else Apprise can reach."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dbt_rewind.config.address import without_address
from dbt_rewind.integrations.channel import ChannelUnusable, DeliveryFailed, signed, titled
from dbt_rewind.model import Message, Severity

if TYPE_CHECKING:
    from apprise import Apprise

_LOGGER: Final = "apprise"
_SILENT: Final = "it did not take the message"
_LONGEST_PROBLEM: Final = 200

_LONGEST_PAUSE: Final = 0.2
"""Apprise pauses between two messages to one service, often for longer than a command waits at all.
It is for those who send many; a service that finds these few too fast is tried again later."""


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """One address. `apprise` has it and no other, and sends in the thread that asks."""

    address: str
    apprise: Apprise

    @property
    def keeps_order(self) -> bool:
        return False

    def send(self, environment: str, message: Message) -> str | None:
        kind = _type_of(message.severity)
        self._notify(titled(message), signed(environment, message), kind)
        return None

    def try_out(self, subject: str, body: str) -> str | None:
        self._notify(subject, body, _type_of(None))
        return None

    def _notify(self, title: str, body: str, kind: str) -> None:
        try:
            # As text, so that a service which shows HTML is not given people's words as such.
            result = self.apprise.notify(body, title, kind, body_format="text")
        except Exception as error:
            # Whatever a plugin raises is its own affair; of the words, only the kind is safe.
            raise DeliveryFailed(f"sending failed: {type(error).__name__}") from None
        if not result:
            said = [" ".join(entry.message.split()) for entry in result.logs()]
            words = without_address(said[-1] if said else _SILENT, self.address)
            raise DeliveryFailed(words[:_LONGEST_PROBLEM].rstrip("."))


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
    # One after another and without a limit of Apprise's own: for either it would take threads that
    # the end of a command waits for.
    asset = apprise.AppriseAsset(async_mode=False, service_timeout=0, app_id="dbt-rewind")
    plugin = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if not isinstance(plugin, apprise.NotifyBase):
        raise ChannelUnusable(
            "what it holds is no address that Apprise knows",
            "write it as https://appriseit.com/services/ says",
        )
    # What an address says itself (`?rto=`, `?retry=`) may take longer than a command can wait.
    plugin.socket_connect_timeout = min(plugin.socket_connect_timeout, seconds)
    plugin.socket_read_timeout = min(plugin.socket_read_timeout, seconds)
    plugin.request_rate_per_sec = min(plugin.request_rate_per_sec, _LONGEST_PAUSE)
    plugin.retry = 0
    alone = apprise.Apprise(asset=asset)
    alone.add(plugin)
    return AppriseChannel(address, alone)


def _type_of(severity: Severity | None) -> str:
    """In Apprise's words; PagerDuty and others take the urgency from it."""
    match severity:
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
