"""Tells people and other systems: recorded first, then sent, for a bounded time.

Call it when what is announced is recorded, no lease is held and no connection is open. A message is
sent at least once: a kill between the receiver's answer and our record of it repeats the message,
under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dbt_rewind import clock
from dbt_rewind.config.duration import parse_duration
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.mirror import runbook_mirror
from dbt_rewind.engine.runbook.logbook import open_logbook
from dbt_rewind.engine.runbook.state import read_runbook
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import RewindError
from dbt_rewind.integrations.channel import Channel, ChannelUnusable
from dbt_rewind.integrations.sending import send_all
from dbt_rewind.model import Message
from dbt_rewind.procedures.channels import receivers_of
from dbt_rewind.procedures.messages import Announcement
from dbt_rewind.procedures.outbox import Outbox, claim, due, queue, record
from dbt_rewind.state_folder import make_state_folder
from dbt_rewind.warehouse.owner import current_owner

AGAIN = "`rewind tick` tries again"


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
    outbox = outbox_of(workspace)
    if not any(receiver.wants(announcement) for receiver in outbox.receivers):
        return Delivery()
    return announce_to(outbox, announcement, warn)


def deliver(workspace: Workspace, warn: Callable[[str], None]) -> Delivery:
    """Tries to deliver all that is due. Never raises; `warn` as in `announce`."""
    outbox = outbox_of(workspace)
    return deliver_from(outbox, warn) if outbox.receivers else Delivery()


def outbox_of(workspace: Workspace) -> Outbox:
    receivers = receivers_of(workspace.config, workspace.name)
    if receivers:
        make_state_folder(workspace.state_folder)  # before the mirror is written there
    return Outbox(
        workspace.name,
        workspace.connect,
        runbook_mirror(workspace.mirror),
        current_owner(workspace.person, "announce"),
        receivers,
        parse_duration(workspace.config.notify.timeout),
        workspace.config.notify.attempts,
    )


def announce_to(
    outbox: Outbox, announcement: Announcement, warn: Callable[[str], None]
) -> Delivery:
    """As `announce`."""
    access = Access(outbox.connect)
    try:
        with open_logbook(access, outbox.environment, outbox.mirror, outbox.owner) as book:
            queue(book, announcement, outbox.receivers)
    except RewindError as error:
        warn(f"nobody was told ({announcement.subject}): {error.message}")
        return Delivery()
    finally:
        access.close()
    return deliver_from(outbox, warn)


def deliver_from(outbox: Outbox, warn: Callable[[str], None]) -> Delivery:
    """As `deliver`."""
    access = Access(outbox.connect)
    try:
        waiting = _waiting(access, outbox)
        access.close()  # before what takes long, such as importing a package
        channels = _opened(outbox, {message.channel for message in waiting}, warn)
        if not channels:
            return Delivery()
        with open_logbook(access, outbox.environment, outbox.mirror, outbox.owner) as book:
            mine = claim(book, channels, outbox.timeout)
    except RewindError as error:
        warn(f"messages were not sent: {error.message}; {AGAIN}")
        return Delivery()
    finally:
        access.close()
    return _send(outbox, channels, mine, warn)


def _waiting(access: Access, outbox: Outbox) -> tuple[Message, ...]:
    names = {receiver.name for receiver in outbox.receivers}
    return due(read_runbook(access.warehouse, outbox.environment), names, clock.now())


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
    return channels


def _send(
    outbox: Outbox,
    channels: Mapping[str, Channel],
    mine: tuple[Message, ...],
    warn: Callable[[str], None],
) -> Delivery:
    outcomes = send_all(outbox.environment, channels, mine, outbox.timeout)
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
    delivery = Delivery(
        tuple(each for each in now if each.sent_at is not None),
        tuple(each for each in now if each.due_at is not None),
        tuple(each for each in now if each.given_up),
    )
    _tell(delivery, warn)
    return delivery


def _tell(delivery: Delivery, warn: Callable[[str], None]) -> None:
    for message in delivery.later:
        words = f"{message.id} to {message.channel} was not taken ({message.problem})"
        warn(f"{words}: queued, {AGAIN}")
    for message in delivery.given_up:
        warn(f"{message.id} to {message.channel} is given up ({message.problem})")
