"""Who stands in the way of a publish in PostgreSQL: those who use what it replaces, and those who
still see the data as it was before a release was built."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dbt_rewind.model import EventKind, RelationName
from dbt_rewind.warehouse import postgres_holders_sql as sql
from dbt_rewind.warehouse.postgres_session import Session

_SEES_NOTHING = "still sees the data as it was before the release was built, and none of its rows"

_MOST = 3
"""Of the relations that somebody uses, so many are named."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A session in the way, and what it does; `since` is when its transaction began, None where we
    may not see that. `pid` is None for a prepared transaction, which no session has any more."""

    pid: int | None
    role: str | None
    application: str | None
    state: str | None
    since: datetime | None
    query_since: datetime | None
    does: str

    def __str__(self) -> str:
        who = f"process {self.pid}" if self.pid else "a prepared transaction"
        by = ", ".join(filter(None, (self.role, self.application)))
        since = f" since {_clock(self.since)}" if self.since else ""
        state = f", {self.state}" if self.state else ""
        last = f", last query {_clock(self.query_since)}" if self.query_since else ""
        return f"{who}{f' ({by})' if by else ''} {self.does}{since}{state}{last}"


def users(
    session: Session, replaced: Collection[int], read: Collection[int], before: datetime
) -> tuple[Holder, ...]:
    """Those who have used one of `replaced` (identities) since `before`, or have kept one of `read`
    from everybody, the longest first."""
    values = [sorted(replaced), sorted(read), before]
    rows = session.rows("looking for readers", sql.FIND_USERS, values)
    return tuple(_holder(row, f"uses {_listed(relations)}") for *row, relations in rows)


def onlookers(
    session: Session, environment: str, targets: Sequence[RelationName], before: datetime
) -> tuple[Holder, ...]:
    """Those whose snapshot is from `before`, and may be from before one of `targets` was built.

    A pointer leads them to it all the same, because names are always looked up as they are now; so
    they would find it empty.
    """
    schemas, names = [name.schema for name in targets], [name.name for name in targets]
    values = [schemas, names, environment, EventKind.BUILT.value, before]
    rows = session.rows("looking for readers", sql.FIND_ONLOOKERS, values)
    return tuple(_holder(row, _SEES_NOTHING) for row in rows)


def server_time(session: Session) -> datetime:
    ((now,),) = session.rows("reading the clock", "SELECT pg_catalog.clock_timestamp()")
    assert isinstance(now, datetime)  # noqa: S101 -- the driver's types say Any
    return now


def _holder(row: Sequence[Any], does: str) -> Holder:
    pid, role, application, state, since, query_since = row
    return Holder(pid, role, application, state, since, query_since, does)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")
