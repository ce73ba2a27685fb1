"""The lease in SQL Server: one row an environment, kept after release so that its fence only
grows. Who takes a lease, or publishes under one, holds a lock on the environment's name."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from dbt_rewind.errors import LeaseLost, WarehouseFailed
from dbt_rewind.model import Lease, Owner
from dbt_rewind.warehouse import sqlserver_ledger_sql as sql
from dbt_rewind.warehouse.lease_row import lease_of, values_of
from dbt_rewind.warehouse.preconditions import require_takeable
from dbt_rewind.warehouse.sqlserver_ledger import is_there
from dbt_rewind.warehouse.sqlserver_session import Session

_NAMES: Final = (
    *("person", "host", "pid", "started", "operation"),
    *("fence", "acquired_at", "expires_at"),
)
_TURN: Final = timedelta(seconds=60)
"""How long one waits for another's publish to end."""


def current(session: Session, environment: str) -> Lease | None:
    """The lease as it stands, None where nobody holds it."""
    if not is_there(session):
        return None
    lease, held = _stored(session, environment)
    return lease if held else None


def acquire(
    session: Session, environment: str, owner: Owner, now: datetime, duration: timedelta
) -> Lease:
    """Takes the lease with the next fence. Raises LockHeld."""
    doing = f"taking the lease on {environment}"
    with session.transaction(doing):
        take_turn(session, environment)
        stored, held = _stored(session, environment)
        require_takeable(stored if held else None, now)
        fence = stored.fence + 1 if stored else 1
        lease = Lease(environment, owner, fence, now, now + duration)
        session.run(doing, sql.UPDATE_LEASE if stored else sql.INSERT_LEASE, **_values(lease))
    return lease


def renew(session: Session, lease: Lease, now: datetime, duration: timedelta) -> Lease:
    """The same lease with a later end. Raises LeaseLost."""
    renewed = replace(lease, expires_at=now + duration)
    written = session.changed(
        f"comparing the lease on {lease.environment}",
        sql.PROLONG_LEASE,
        expires_at=renewed.expires_at.isoformat(),
        environment=lease.environment,
        fence=lease.fence,
    )
    if not written:
        raise LeaseLost(lease.environment)
    return renewed


def release(session: Session, lease: Lease) -> None:
    """Gives the lease back if it is still ours."""
    if not is_there(session):
        return  # it was removed while we held the lease
    session.changed(
        f"giving back the lease on {lease.environment}",
        sql.FREE_LEASE,
        environment=lease.environment,
        fence=lease.fence,
    )


def hold_against_takers(session: Session, lease: Lease) -> None:
    """Raises LeaseLost unless the lease is ours; until the caller's transaction ends, nobody can
    take it."""
    take_turn(session, lease.environment)
    held = session.row(
        f"comparing the lease on {lease.environment}",
        sql.HOLDS_LEASE,
        environment=lease.environment,
        fence=lease.fence,
    )
    if held is None:
        raise LeaseLost(lease.environment)


def take_turn(session: Session, environment: str) -> None:
    """Until the caller's transaction ends, no other takes or publishes under this environment's
    lease. Raises WarehouseFailed where another one does for a minute."""
    doing = f"waiting for others in {environment}"
    # A lock's name takes 255 characters, an environment's may be longer.
    resource = f"rewind:{hashlib.sha256(environment.encode()).hexdigest()}"
    given = session.row(
        doing,
        sql.TAKE_LOCK,
        resource=resource,
        milliseconds=_TURN // timedelta(milliseconds=1),
    )
    if given is None or given[0] < 0:
        raise WarehouseFailed(doing, "another process is in the middle of a publish")


def _stored(session: Session, environment: str) -> tuple[Lease | None, bool]:
    """The environment's row, if there is one, and whether somebody holds the lease."""
    row = session.row("reading the lease", sql.SELECT_LEASE, environment=environment)
    if row is None:
        return None, False
    _, *values, held = row
    return lease_of(environment, values), bool(held)


def _values(lease: Lease) -> dict[str, Any]:
    return {"environment": lease.environment, **dict(zip(_NAMES, values_of(lease), strict=True))}
