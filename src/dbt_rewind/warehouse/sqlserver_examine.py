"""What `rewind doctor` checks of a SQL Server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from dbt_rewind import clock
from dbt_rewind.errors import PermissionMissing
from dbt_rewind.model import Finding, Health, Needs, RelationName
from dbt_rewind.warehouse import sqlserver_examine_sql as sql
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA
from dbt_rewind.warehouse.sqlserver_permissions import require_permitted
from dbt_rewind.warehouse.sqlserver_session import Session
from dbt_rewind.warehouse.sqlserver_sql import quoted
from dbt_rewind.warehouse.trying import check_tries, scratch_name

_DOING: Final = "examining the server"
_NOTABLE: Final = timedelta(seconds=5)
_TOO_MUCH: Final = timedelta(seconds=30)
"""Half of the time for which a silent holder of a lease keeps others out."""


def examine(session: Session) -> Iterator[Finding]:
    """The server, its clock, what our user may do there, and how it keeps readers apart."""
    before = clock.now()
    user, login, state, shows_committed, snapshots, time, sees = session.rows(
        _DOING, sql.FIND_STATE
    )[0]
    ours = before + (clock.now() - before) / 2
    server = session.server
    who = user if user == login else f"{user} (logged in as {login})"
    found = f"SQL Server {server.version}, {server.collation}: {server.label}, as {who}"
    yield Finding("warehouse", Health.OK, found)
    if state != "READ_WRITE":
        fix = "name a database that can be written, and not a replica of one"
        yield Finding("permissions", Health.PROBLEM, "the database is read-only", fix)
        return
    yield _clock(ours, datetime.fromisoformat(time).replace(tzinfo=UTC))
    yield _permissions(session)
    yield _readers(shows_committed=bool(shows_committed), snapshots=str(snapshots))
    yield _sight(user, sees=bool(sees))


def _clock(ours: datetime, theirs: datetime) -> Finding:
    seconds = (ours - theirs).total_seconds()
    word = "ahead of" if seconds > 0 else "behind"
    found = f"this machine is {abs(seconds):.1f} s {word} the server"
    if abs(seconds) < _NOTABLE.total_seconds():
        return Finding("clock", Health.OK, found)
    health = Health.WARNING if abs(seconds) < _TOO_MUCH.total_seconds() else Health.PROBLEM
    return Finding("clock", health, found, "set the clocks by NTP: leases run out by them")


def _permissions(session: Session) -> Finding:
    scratch = scratch_name()
    made = (
        RelationName(session.database, scratch, "sample"),
        RelationName(session.database, LEDGER_SCHEMA, "event"),
    )
    try:
        require_permitted(session, Needs(makes=made))
    except PermissionMissing as error:
        return Finding("permissions", Health.PROBLEM, error.message, error.hint, error.details)
    tried = sql.tries(session.database, scratch, replaces_views=session.server.replaces_views)
    return check_tries(tried, session.run, session.transaction)


def _readers(*, shows_committed: bool, snapshots: str) -> Finding:
    way = "see what was committed" if shows_committed else "wait for rows that are being written"
    found = f"readers {way} (READ_COMMITTED_SNAPSHOT is {'on' if shows_committed else 'off'})"
    if snapshots == "OFF":
        return Finding("readers", Health.OK, found)
    return Finding(
        "readers",
        Health.WARNING,
        f"{found}; one that asks for SNAPSHOT isolation and began before a publish fails with error"
        " 3961 when it reads a pointer that the publish moved",
        "have such readers try again",
    )


def _sight(user: str, *, sees: bool) -> Finding:
    if sees:
        return Finding("locks", Health.OK, "who is in the way of a publish can be told")
    return Finding(
        "locks",
        Health.WARNING,
        "who is in the way of a publish cannot be told",
        f"have whoever may grant it run: GRANT VIEW DATABASE STATE TO {quoted(user)}",
    )
