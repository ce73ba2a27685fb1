"""The lease in PostgreSQL: one row an environment, kept after release so that its fence only grows.

Times are those of the processes that ask, not the server's. Where two of their clocks differ by
more than what is left of a lease (a beat prolongs it every third of its length), one may take it
from a holder that lives. That wastes the holder's work and no more: the fence, and not a clock,
decides who may publish, and both look at it in the transaction in which they write.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import datetime, timedelta

from dbt_rewind.errors import LeaseLost, WarehouseFailed
from dbt_rewind.model import Lease, Owner
from dbt_rewind.warehouse import postgres_ledger_sql as sql
from dbt_rewind.warehouse.lease_row import lease_of, values_of
from dbt_rewind.warehouse.postgres_errors import is_lock_timeout
from dbt_rewind.warehouse.postgres_ledger import is_there
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.preconditions import lock_held, require_takeable

_LOCKS = 0x6C656173
"""The first number of the advisory locks of those who take leases; the second is made of the
environment's name. Advisory locks are a database's own."""


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
    try:
        with session.transaction(doing):
            # Two that take it the first time find no row that one could lock.
            session.rows(doing, sql.LOCK, [_LOCKS, _number_of(environment)])
            return _take(session, environment, owner, now, duration)
    except WarehouseFailed as failed:
        held = current(session, environment) if is_lock_timeout(failed) else None
        if held is not None:
            raise lock_held(held) from failed
        raise


def renew(session: Session, lease: Lease, now: datetime, duration: timedelta) -> Lease:
    """The same lease with a later end. Raises LeaseLost."""
    renewed = replace(lease, expires_at=now + duration)
    values = [renewed.expires_at.isoformat(), lease.environment, lease.fence]
    if session.changed(_comparing(lease), sql.PROLONG_LEASE, values) != 1:
        raise LeaseLost(lease.environment)
    return renewed


def release(session: Session, lease: Lease) -> None:
    """Gives the lease back if it is still ours."""
    if not is_there(session):
        return  # it was removed while we held the lease
    doing = f"giving back the lease on {lease.environment}"
    session.run(doing, sql.FREE_LEASE, [lease.environment, lease.fence])


def hold_against_takers(session: Session, lease: Lease) -> None:
    """Raises LeaseLost unless the lease is ours; until the caller's transaction ends, nobody can
    take it."""
    values = [lease.environment, lease.fence]
    if session.row(_comparing(lease), sql.LOCK_LEASE, values) is None:
        raise LeaseLost(lease.environment)


def _take(
    session: Session, environment: str, owner: Owner, now: datetime, duration: timedelta
) -> Lease:
    fence = 0
    # Who may not take it is told so at once; who may waits for the holder, which may be publishing
    # or prolonging the lease at this moment, and looks again.
    for statement in (sql.SELECT_LEASE, sql.SELECT_AND_LOCK_LEASE):
        stored, held = _stored(session, environment, statement)
        require_takeable(stored if held else None, now)
        fence = stored.fence if stored else 0
    lease = Lease(environment, owner, fence + 1, now, now + duration)
    session.run(
        f"taking the lease on {environment}", sql.TAKE_LEASE, [environment, *values_of(lease)]
    )
    return lease


def _stored(
    session: Session, environment: str, statement: str = sql.SELECT_LEASE
) -> tuple[Lease | None, bool]:
    """The environment's row, if there is one, and whether somebody holds the lease."""
    row = session.row("reading the lease", statement, [environment])
    if row is None:
        return None, False
    *values, held = row
    return lease_of(environment, values), held


def _number_of(environment: str) -> int:
    """A number of 32 bits; environments that share one wait for each other for a moment."""
    return zlib.crc32(environment.encode()) - 2**31


def _comparing(lease: Lease) -> str:
    return f"comparing the lease on {lease.environment}"
