"""The lease in DuckDB: one row an environment, kept after release so that its fence only grows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dbt_rewind.errors import LeaseLost, WarehouseFailed
from dbt_rewind.model import Lease, Owner
from dbt_rewind.warehouse import duckdb_ledger_sql as sql
from dbt_rewind.warehouse.duckdb_errors import is_conflict
from dbt_rewind.warehouse.duckdb_ledger import is_there
from dbt_rewind.warehouse.duckdb_session import Session
from dbt_rewind.warehouse.holder_note import remove_note, write_note
from dbt_rewind.warehouse.lease_row import lease_of, values_of
from dbt_rewind.warehouse.preconditions import require_takeable


def current(session: Session, environment: str) -> Lease | None:
    """The lease as it stands, None where nobody holds it."""
    if not is_there(session):
        return None
    lease, held = _stored(session, environment)
    return lease if held else None


def acquire(
    session: Session, environment: str, owner: Owner, now: datetime, duration: timedelta
) -> Lease:
    """Takes the lease with the next fence, and notes that beside the file. Raises LockHeld."""
    doing = f"taking the lease on {environment}"
    try:
        with session.transaction(doing):
            lease = _take(session, environment, owner, now, duration)
    except WarehouseFailed as failed:
        if is_conflict(failed):
            require_takeable(current(session, environment), now)
        raise
    write_note(session.path, lease)
    return lease


def renew(session: Session, lease: Lease, now: datetime, duration: timedelta) -> Lease:
    """The same lease with a later end. Raises LeaseLost."""
    renewed = replace(lease, expires_at=now + duration)
    values = [renewed.expires_at.isoformat(), lease.environment, lease.fence]
    _require_held(session, lease, sql.prolong_lease(session.database), values)
    write_note(session.path, renewed)
    return renewed


def release(session: Session, lease: Lease) -> None:
    """Gives the lease back if it is still ours."""
    doing = f"giving back the lease on {lease.environment}"
    remove_note(session.path, lease)
    if not is_there(session):
        return  # it was removed while we held the lease
    session.run(doing, sql.free_lease(session.database), [lease.environment, lease.fence])


def hold_against_takers(session: Session, lease: Lease) -> None:
    """Raises LeaseLost unless the lease is ours; until the caller's transaction ends, nobody can
    take it."""
    values = [lease.environment, lease.fence]
    _require_held(session, lease, sql.touch_lease(session.database), values)


def _take(
    session: Session, environment: str, owner: Owner, now: datetime, duration: timedelta
) -> Lease:
    stored, held = _stored(session, environment)
    require_takeable(stored if held else None, now)
    lease = Lease(environment, owner, stored.fence + 1 if stored else 1, now, now + duration)
    write = sql.update_lease if stored else sql.insert_lease
    session.run(
        f"taking the lease on {environment}",
        write(session.database),
        [*values_of(lease), environment],
    )
    return lease


def _require_held(session: Session, lease: Lease, statement: str, values: list[Any]) -> None:
    doing = f"comparing the lease on {lease.environment}"
    if session.row(doing, statement, values) != (1,):
        raise LeaseLost(lease.environment)


def _stored(session: Session, environment: str) -> tuple[Lease | None, bool]:
    """The environment's row, if there is one, and whether somebody holds the lease."""
    row = session.row("reading the lease", sql.select_lease(session.database), [environment])
    if row is None:
        return None, False
    _, *values, held = row
    return lease_of(environment, values), held
