"""Tells people and other systems: recorded first, then sent, for a bounded time.

Call it when what is announced is recorded, no lease is held and no connection is open. A message is
sent at least once: a kill between the receiver's answer and our record of it repeats the message,
under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from dbt_rewind import clock
from dbt_rewind.config.duration import parse_duration
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.mirror import runbook_mirror
from dbt_rewind.engine.runbook.logbook import open_logbook
from dbt_rewind.engine.runbook.state import read_runbook
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import RewindError
from dbt_rewind.integrations.channel import Channel, ChannelUnusable
from dbt_rewind.integrations.sending import Outcome, send_all
from dbt_rewind.model import Message
from dbt_rewind.procedures.announcement import Announcement
from dbt_rewind.procedures.channels import receivers_of
from dbt_rewind.procedures.outbox import Outbox, claim, due, give_up_old, is_old, queue, record
from dbt_rewind.state_folder import make_state_folder
from dbt_rewind.warehouse.owner import current_owner

AGAIN = "`rewind tick` tries again"

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of one round: `sent` were taken, `later` are tried again, `given_up` are not."""

    sent: tuple[Message, ...] = ()
    later: tuple[Message, ...] = ()
    given_up: tuple[Message, ...] = ()


def announce(
    workspace: Workspace, announcement: Announcement, warn: Callable[[str], None]
) -> Delivery:
    """Queues a message for each channel that wants it, and tries to deliver all that is due.

    Never raises: what is announced has happened. `warn` gets a line for whatever does not go well.
    Without a channel that wants it, nothing is done.
    """
    if not queue_up(workspace, announcement, warn):
        return Delivery()
    return deliver(workspace, warn)


def queue_up(workspace: Workspace, announcement: Announcement, warn: Callable[[str], None]) -> bool:
    """The first half of `announce`, for those who have several things to tell and wait for
    receivers once: `deliver` is the other. Returns whether a channel is told of it. Never raises;
    `warn` as in `announce`."""

    def queued() -> bool:
        receivers = receivers_of(workspace)
        if not any(receiver.hears_of(announcement.topic) for receiver in receivers):
            return False
        _queue(outbox_of(workspace), announcement)
        return True

    return _never_raising(queued, False, warn, f"nobody was told ({announcement.subject})")


def deliver(workspace: Workspace, warn: Callable[[str], None]) -> Delivery:
    """Tries to deliver all that is due. Never raises; `warn` as in `announce`."""

    def delivered() -> Delivery:
        if not receivers_of(workspace):
            return Delivery()
        return deliver_from(outbox_of(workspace), warn)

    return _never_raising(delivered, Delivery(), warn, "messages were not sent")


def outbox_of(workspace: Workspace) -> Outbox:
    """Raises GitError, OSError."""
    make_state_folder(workspace.state_folder)  # before the mirror is written there
    return Outbox(
        workspace.name,
        workspace.connect,
        runbook_mirror(workspace.mirror),
        current_owner(workspace.person, "announce"),
        receivers_of(workspace),
        parse_duration(workspace.config.notify.timeout),
        workspace.config.notify.attempts,
    )


def announce_to(
    outbox: Outbox, announcement: Announcement, warn: Callable[[str], None]
) -> Delivery:
    """As `announce`."""

    def told() -> Delivery:
        _queue(outbox, announcement)
        return deliver_from(outbox, warn)

    return _never_raising(told, Delivery(), warn, f"nobody was told ({announcement.subject})")


def _queue(outbox: Outbox, announcement: Announcement) -> None:
    access = Access(outbox.connect)
    try:
        with open_logbook(access, outbox.environment, outbox.mirror, outbox.owner) as book:
            queue(book, announcement, outbox.receivers)
    finally:
        access.close()


def deliver_from(outbox: Outbox, warn: Callable[[str], None]) -> Delivery:
    """As `deliver`."""

    def delivered() -> Delivery:
        names, any_old = _waiting(outbox)
        # What takes long, such as importing a package, is done while nothing is open.
        channels = _opened(outbox, names, warn)
        if not channels and not any_old:
            return Delivery()
        given_up, mine = _taken_in_hand(outbox, channels)
        _tell_given_up(given_up, warn)
        if not mine:
            return Delivery(given_up=given_up)
        outcomes = send_all(outbox.environment, channels, mine, outbox.timeout)
        delivery = _recorded(outbox, mine, outcomes, warn)
        return replace(delivery, given_up=(*given_up, *delivery.given_up))

    return _never_raising(delivered, Delivery(), warn, "messages were not sent")


def _never_raising(
    act: Callable[[], Result], instead: Result, warn: Callable[[str], None], failed: str
) -> Result:
    """What `act` returns, or `instead` where it fails."""
    try:
        return act()
    except RewindError as error:
        warn(f"{failed}: {error.message}")
    except OSError as error:
        warn(f"{failed}: {error.strerror or type(error).__name__}")
    except Exception as error:
        # A fault of ours must not make what has happened look as if it had failed.
        warn(f"{failed}: {type(error).__name__}, which is a fault of dbt-rewind")
    return instead


def _waiting(outbox: Outbox) -> tuple[set[str], bool]:
    """The channels for which a message is due, and whether any has waited for too long."""
    now = clock.now()
    access = Access(outbox.connect)
    try:
        runbook = read_runbook(access.warehouse, outbox.environment)
    finally:
        access.close()
    ready = due(runbook, {receiver.name for receiver in outbox.receivers}, now)
    fresh = {message.channel for message in ready if not is_old(message, now)}
    return fresh, any(is_old(message, now) for message in runbook.messages.values())


def _taken_in_hand(
    outbox: Outbox, channels: Mapping[str, Channel]
) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """Those that were too old, and those that this process is to send now."""
    access = Access(outbox.connect)
    try:
        with open_logbook(access, outbox.environment, outbox.mirror, outbox.owner) as book:
            return give_up_old(book), claim(book, channels, outbox.timeout)
    finally:
        access.close()


def _opened(outbox: Outbox, names: set[str], warn: Callable[[str], None]) -> dict[str, Channel]:
    """Those of `names` that can be sent to from here; for the others, messages stay queued."""
    channels = {}
    for receiver in outbox.receivers:
        if receiver.name not in names:
            continue
        try:
            channels[receiver.name] = receiver.open()
        except ChannelUnusable as unusable:
            words = f"messages to {receiver.name} wait: {unusable.problem} ({unusable.fix})"
            warn(words)
        except Exception as error:  # of a package of others; the other channels need not wait
            warn(f"messages to {receiver.name} wait: {type(error).__name__} when it was opened")
    return channels


def _recorded(
    outbox: Outbox,
    mine: tuple[Message, ...],
    outcomes: tuple[Outcome, ...],
    warn: Callable[[str], None],
) -> Delivery:
    access = Access(outbox.connect)
    try:
        with open_logbook(access, outbox.environment, outbox.mirror, outbox.owner) as book:
            now = record(book, outcomes, outbox.attempts)
    except RewindError as error:
        ids = ", ".join(outcome.message.id for outcome in outcomes)
        warn(f"{ids}: it could not be recorded what was sent, so that it may be sent again")
        warn(error.message)
        return Delivery()
    finally:
        access.close()
    tried = {message.number for message in now}
    delivery = Delivery(
        tuple(each for each in now if each.sent_at is not None),
        tuple(each for each in now if each.due_at is not None),
        tuple(each for each in now if each.given_up),
    )
    _tell_later(delivery.later, warn)
    _tell_given_up(delivery.given_up, warn)
    behind = tuple(message for message in mine if message.number not in tried)
    for message in behind:
        warn(f"{message.id} to {message.channel} waits behind the others: queued, {AGAIN}")
    return replace(delivery, later=(*delivery.later, *behind))


def _tell_later(messages: Iterable[Message], warn: Callable[[str], None]) -> None:
    for message in messages:
        words = f"{message.id} to {message.channel} was not taken ({message.problem})"
        warn(f"{words}: queued, {AGAIN}")


def _tell_given_up(messages: Iterable[Message], warn: Callable[[str], None]) -> None:
    for message in messages:
        warn(f"{message.id} to {message.channel} is given up ({message.problem})")
