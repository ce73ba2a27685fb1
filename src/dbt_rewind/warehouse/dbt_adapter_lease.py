"""The lease through the door: one row an environment, taken by comparing and setting it.

One UPDATE names the fence and the holder that were seen, so that of several processes one writes;
each then reads who holds the lease. Where updates of one row wait for each other or conflict
(DuckDB, PostgreSQL, Redshift; Snowflake, BigQuery, Delta and Iceberg tables, whose commits are
compared with what they read), exactly one process takes it. The first row of an environment is
the exception where keys are not enforced: two processes may both write one, and then both see two
rows, withdraw theirs and take nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from dbt_rewind.errors import LeaseLost, WarehouseFailed
from dbt_rewind.model import Lease, Owner
from dbt_rewind.warehouse import dbt_adapter_ledger_sql as sql
from dbt_rewind.warehouse.dbt_adapter_ledger import is_there
from dbt_rewind.warehouse.dbt_adapter_session import Session, is_conflict
from dbt_rewind.warehouse.lease_row import lease_of, values_of
from dbt_rewind.warehouse.preconditions import lock_held, require_takeable


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
            return _take(session, environment, owner, now, duration)
    except WarehouseFailed as failed:
        if is_conflict(session.dialect, failed):
            require_takeable(current(session, environment), now)
        raise


def renew(session: Session, lease: Lease, now: datetime, duration: timedelta) -> Lease:
    """The same lease with a later end. Raises LeaseLost."""
    doing = f"prolonging the lease on {lease.environment}"
    renewed = replace(lease, expires_at=now + duration)
    values = [renewed.expires_at.isoformat(), lease.environment, lease.fence]
    with session.transaction(doing):
        session.run(doing, sql.prolong_lease(session.dialect, session.database), values)
        require_held(session, lease)
    return renewed


def release(session: Session, lease: Lease) -> None:
    """Gives the lease back if it is still ours."""
    doing = f"giving back the lease on {lease.environment}"
    session.require_writable(doing)
    if not is_there(session):
        return  # it was removed while we held the lease
    values = [lease.environment, lease.fence]
    session.run(doing, sql.free_lease(session.dialect, session.database), values)


def hold_against_takers(session: Session, lease: Lease) -> None:
    """Raises LeaseLost unless the lease is ours; where the caller has a transaction, nobody can
    take it until that ends."""
    doing = f"comparing the lease on {lease.environment}"
    values = [lease.environment, lease.fence]
    session.run(doing, sql.touch_lease(session.dialect, session.database), values)
    require_held(session, lease)


def require_held(session: Session, lease: Lease) -> None:
    """Raises LeaseLost unless the lease is ours at this moment."""
    stored, held = _stored(session, lease.environment)
    if stored is None or not held or stored.fence != lease.fence:
        raise LeaseLost(lease.environment)


def _take(
    session: Session, environment: str, owner: Owner, now: datetime, duration: timedelta
) -> Lease:
    doing = f"taking the lease on {environment}"
    dialect, database = session.dialect, session.database
    stored, held = _stored(session, environment)
    require_takeable(stored if held else None, now)
    lease = Lease(environment, owner, stored.fence + 1 if stored else 1, now, now + duration)
    if stored is not None:
        seen = [environment, stored.fence, held]
        session.run(doing, sql.take_lease(dialect, database), [*values_of(lease), True, *seen])
    else:
        first = [*values_of(lease), True, 1, environment, environment]
        session.run(doing, sql.first_lease(dialect, database), first)
        _withdraw_unless_alone(session, lease)
    found, held = _stored(session, environment)
    if found is None or not held:
        raise LeaseLost(environment)
    if found != lease:
        raise lock_held(found)
    return lease


def _withdraw_unless_alone(session: Session, lease: Lease) -> None:
    rows = _rows(session, lease.environment)
    if len(rows) < 2:
        return
    columns = ("environment", "host", "pid", "started", "acquired_at")
    owner = lease.owner
    values = [lease.environment, owner.host, owner.pid, owner.started]
    session.run(
        f"taking the lease on {lease.environment}",
        sql.delete(session.dialect, session.database, "lease", columns),
        [*values, lease.acquired_at.isoformat()],
    )
    others = [found for found, _ in rows if found != lease]
    raise lock_held(others[0] if others else lease)


def _stored(session: Session, environment: str) -> tuple[Lease | None, bool]:
    """The environment's row, if there is one, and whether somebody holds the lease."""
    rows = _rows(session, environment)
    return rows[0] if rows else (None, False)


def _rows(session: Session, environment: str) -> list[tuple[Lease, bool]]:
    columns = sql.LEASE[: sql.LEASE.index("held") + 1]
    statement = sql.select(session.dialect, session.database, "lease", columns, ["environment"])
    found = []
    for row in session.rows("reading the lease", statement, [environment]):
        *values, held = row
        found.append((lease_of(environment, values), bool(held)))
    return found
