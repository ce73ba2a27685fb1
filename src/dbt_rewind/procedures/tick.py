"""What has to be done about an environment from time to time, whoever does it.

`DUTIES` is the one place that lists it. A duty finds out by itself whether there is something to
do, writes nothing where there is not, and may be killed at any instant: the next tick goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from dbt_rewind import clock
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import LedgerError
from dbt_rewind.procedures.announce import deliver
from dbt_rewind.procedures.channels import receivers_of
from dbt_rewind.procedures.escalation import escalate, is_to_escalate
from dbt_rewind.procedures.outbox import due, is_old
from dbt_rewind.procedures.runbook import Reading, read_both

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done. `about` is what for: `I3`, `M7`."""

    about: str
    words: str


@dataclass(frozen=True, slots=True)
class Round:
    """What was done, each with its duty's name. `problem` is what is wrong with a mirror, None:
    nothing."""

    done: tuple[tuple[str, Deed], ...] = ()
    problem: LedgerError | None = None


Duty = Callable[[Workspace, Reading, Warn], tuple[Deed, ...]]
"""What does one kind of thing; it is given both chains as they stand."""


def call_levels(workspace: Workspace, read: Reading, warn: Warn) -> tuple[Deed, ...]:
    """Calls whom nobody has called yet, where nobody answers."""
    if not is_to_escalate(read.runbook, workspace):
        return ()
    return tuple(
        Deed(call.incident.id, f"calls {call.words}") for call in escalate(workspace, warn)
    )


def send_messages(workspace: Workspace, read: Reading, warn: Warn) -> tuple[Deed, ...]:
    """Tries to deliver every message that is due."""
    now = clock.now()
    names = {receiver.name for receiver in receivers_of(workspace)}
    old = any(is_old(message, now) for message in read.runbook.messages.values())
    if not (old or due(read.runbook, names, now)):
        return ()
    delivery = deliver(workspace, warn)
    return tuple(Deed(each.id, f"sent to {each.channel}") for each in delivery.sent)


DUTIES: Final[Mapping[str, Duty]] = {"escalation": call_levels, "messages": send_messages}
"""The duties by name, in the order in which they are done: what is sent last has all before it."""


def tick(workspace: Workspace, warn: Warn) -> Round:
    """Does what is due in the environment and returns it.

    `warn` gets a line for whatever does not go well and is tried again.
    Raises EnvironmentTaken, ChainBroken, LedgerTooNew, MirrorAhead, LockHeld, WarehouseError.
    """
    done: list[tuple[str, Deed]] = []
    problem = None
    for name, duty in DUTIES.items():
        read = read_both(workspace)
        problem = problem or read.problem
        done += [(name, deed) for deed in duty(workspace, read, warn)]
    return Round(tuple(done), problem)
