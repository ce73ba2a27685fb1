"""What follows a publish that was no ordinary one: an incident, and messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import RewindError
from dbt_rewind.model import Ground, Incident, Permit, Severity
from dbt_rewind.procedures import messages
from dbt_rewind.procedures.announce import deliver, queue_up
from dbt_rewind.procedures.escalation import queue_opened
from dbt_rewind.procedures.incident import ensure_incident
from dbt_rewind.procedures.runbook import holding_runbook

_URGENT = frozenset({Ground.EMERGENCY, Ground.AUTOMATIC, Ground.IMMEDIATE})


@dataclass(frozen=True, slots=True)
class Published:
    """What went live: the sequence of its event, the operation, and the releases' numbers."""

    sequence: int
    operation: str
    source: int | None
    target: int
    by: str
    reason: str
    permit: Permit


def tell_of_publish(
    workspace: Workspace, published: Published, warn: Callable[[str], None]
) -> Incident | None:
    """Opens an incident where nobody was asked first, tells those who have to know, and returns the
    incident. Call it when the lease is given back. Receivers are waited for once, whatever there is
    to tell. Never raises: what is told has happened."""
    incident = note_publish(workspace, published, warn)
    deliver(workspace, warn)
    return incident


def note_publish(
    workspace: Workspace, published: Published, warn: Callable[[str], None]
) -> Incident | None:
    """The first half of `tell_of_publish`, which waits for no receiver: `deliver` is the other."""
    incident = None
    if published.permit.ground in _URGENT:
        try:
            incident, new = _incident(workspace, published)
        except RewindError as error:
            warn(f"no incident could be opened: {error.message}")
        else:
            queue_opened(workspace, incident, new, warn)
    name = workspace.name
    severity = published.permit.severity
    if published.permit.ground is Ground.EMERGENCY:
        queue_up(
            workspace,
            messages.emergency(
                name,
                publish=published.sequence,
                operation=published.operation,
                source=published.source,
                target=published.target,
                by=published.by,
                reason=published.reason,
                severity=Severity.CRITICAL,
            ),
            warn,
        )
    if published.operation in {"rollback", "restore"} and published.source is not None:
        queue_up(
            workspace,
            messages.rolled_back(
                name,
                publish=published.sequence,
                source=published.source,
                target=published.target,
                by=published.by,
                reason=published.reason,
                severity=severity,
            ),
            warn,
        )
    return incident


def _incident(workspace: Workspace, published: Published) -> tuple[Incident, bool]:
    number = (
        published.source if published.operation in {"rollback", "restore"} else published.target
    )
    with holding_runbook(workspace) as (book, _history):
        return ensure_incident(
            book,
            title=published.reason or f"{published.operation} without approval",
            severity=published.permit.severity or Severity.CRITICAL,
            releases=(number,) if number is not None else (),
            decision=published.permit.decision,
            by=published.by,
        )
