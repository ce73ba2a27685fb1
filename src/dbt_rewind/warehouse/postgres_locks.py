"""Locks what a publish replaces, all of it within one time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse import postgres_sql
from dbt_rewind.warehouse.postgres_session import Session

_FIRST, _EACH = timedelta(milliseconds=20), timedelta(microseconds=100)

_SHARE_OF_DEADLOCK_TIMEOUT = 0.8
"""Readers that wait longer than `deadlock_timeout` look for a deadlock, and may fail of it."""

FIND_DEADLOCK_TIMEOUT = (
    "SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'"
)
"""Milliseconds."""


def lock(
    session: Session,
    doing: str,
    relations: Sequence[tuple[RelationName, str]],
    timeout: timedelta,
) -> timedelta:
    """Locks these relations, given with their owners, against everybody until the transaction
    ends, and returns what is left of `timeout`. Raises WarehouseFailed, of which `is_lock_timeout`
    or `is_deadlock` holds, where that takes longer."""
    if not relations:
        return timeout
    began = time.monotonic()
    statements = [postgres_sql.give_to(name, owner) for name, owner in relations]
    text = (
        postgres_sql.LET_GO,
        postgres_sql.bound(timeout),
        postgres_sql.together(statements),
        postgres_sql.UNBOUND,
    )
    session.run(doing, "; ".join(text))
    return max(timedelta(), timeout - timedelta(seconds=time.monotonic() - began))


def time_for_locks(session: Session, asked: timedelta) -> timedelta:
    """How long locking may take: what is `asked`, or less, so that no reader that waits for us can
    become the victim of a deadlock."""
    row = session.row("reading the settings", FIND_DEADLOCK_TIMEOUT)
    bearable = timedelta(milliseconds=row[0] if row else 1000) * _SHARE_OF_DEADLOCK_TIMEOUT
    return min(asked, bearable)


def attempts(relations: int, longest: timedelta) -> Iterator[timedelta]:
    """How long each attempt to lock that many relations may take: hardly more than it needs, then
    twice as long each time.

    A reader that has read one pointer and asks for the next waits for us, and we for it, until we
    give up. Most such readers are done a moment later.
    """
    timeout = _FIRST + relations * _EACH
    while True:
        yield min(timeout, longest)
        timeout *= 2
