"""Locks what a publish replaces, all of it within one time, and tells who stands in the way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse import postgres_sql
from dbt_rewind.warehouse.postgres_session import Session

_SHARE_OF_DEADLOCK_TIMEOUT = 0.8
"""Readers that wait longer than `deadlock_timeout` look for a deadlock, and may fail of it."""

FIND_DEADLOCK_TIMEOUT = (
    "SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'"
)
"""Milliseconds."""

FIND_HOLDERS = (
    "SELECT DISTINCT l.pid, n.nspname || '.' || c.relname, a.usename::text,"
    " a.application_name::text,"
    " a.state::text, a.xact_start, a.query_start"
    " FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_class AS c ON c.oid = l.relation"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid"
    " WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY($1::oid[])"
    " AND l.database = (SELECT oid FROM pg_catalog.pg_database"
    " WHERE datname = pg_catalog.current_database())"
    " AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()"
    " AND coalesce(a.xact_start <= $2::timestamptz, true)"
    " ORDER BY a.xact_start, l.pid, 2"
)
"""Who has had a lock on one of these relations since before a time, or since nobody may see when:
process (NULL: a prepared transaction), relation, role, application, state, begin of the
transaction, begin of the query."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who uses what is to be replaced."""

    pid: int | None
    relation: str
    role: str | None
    application: str | None
    state: str | None
    since: datetime | None
    query_since: datetime | None

    def __str__(self) -> str:
        who = f"process {self.pid}" if self.pid else "a prepared transaction"
        by = ", ".join(filter(None, (self.role, self.application)))
        since = f", in a transaction since {_clock(self.since)}" if self.since else ""
        query = f", {self.state}" if self.state else ""
        last = f", its last query at {_clock(self.query_since)}" if self.query_since else ""
        return f"{who}{f' ({by})' if by else ''} uses {self.relation}{since}{query}{last}"


def lock(
    session: Session,
    doing: str,
    relations: Sequence[tuple[RelationName, str]],
    timeout: timedelta,
) -> None:
    """Locks these relations, given with their owners, against everybody until the transaction
    ends. Raises WarehouseFailed, of which `is_lock_timeout` or `is_deadlock` holds, where that
    takes longer than `timeout`."""
    if not relations:
        return
    statements = [postgres_sql.give_to(name, owner) for name, owner in relations]
    text = (postgres_sql.bound(timeout), postgres_sql.together(statements), postgres_sql.UNBOUND)
    session.run(doing, "; ".join(text))


def time_for_locks(session: Session, asked: timedelta) -> timedelta:
    """How long locking may take: what is `asked`, or less, so that no reader that waits for us can
    become the victim of a deadlock."""
    row = session.row("reading the settings", FIND_DEADLOCK_TIMEOUT)
    bearable = timedelta(milliseconds=row[0] if row else 1000) * _SHARE_OF_DEADLOCK_TIMEOUT
    return min(asked, bearable)


def holders(session: Session, relations: Collection[int], before: datetime) -> tuple[Holder, ...]:
    """Those who have used one of `relations` since `before`, the longest first."""
    rows = session.rows("looking for readers", FIND_HOLDERS, [sorted(relations), before])
    return tuple(Holder(*row) for row in rows)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
