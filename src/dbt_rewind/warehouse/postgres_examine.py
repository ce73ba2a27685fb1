"""What `rewind doctor` checks of a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Final

from dbt_rewind import clock
from dbt_rewind.errors import PermissionMissing
from dbt_rewind.model import Finding, Health, Needs, Patience, RelationName
from dbt_rewind.warehouse import postgres_examine_sql as sql
from dbt_rewind.warehouse import postgres_sql
from dbt_rewind.warehouse.postgres_locks import time_for_locks
from dbt_rewind.warehouse.postgres_permissions import require_ledger, require_permitted
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_sql import quoted
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA
from dbt_rewind.warehouse.trying import check_tries, scratch_name

OLDEST: Final = 14
"""The first whose server can take the exclusive or of many rows' hashes."""

_DOING: Final = "examining the server"
_NOTABLE: Final = timedelta(seconds=5)
_TOO_MUCH: Final = timedelta(seconds=30)
"""Half of the time for which a silent holder of a lease keeps others out."""


def examine(session: Session, schemas: Collection[str], patience: Patience) -> Iterator[Finding]:
    """The server, its clock, what our role may do there, and what it has set; `schemas` are those
    of public names."""
    number, version, role, login, is_replica, is_read_only = session.rows(_DOING, sql.FIND_SERVER)[
        0
    ]
    yield _server(session.server, number // 10_000, version, role, login)
    if is_replica or is_read_only:
        yield _read_only(is_replica=is_replica)
        return
    yield _clock(session)
    yield _permissions(session, role)
    yield _readers(session, schemas)
    yield _locks(session, patience)


def _server(server: str, major: int, version: str, role: str, login: str) -> Finding:
    who = role if role == login else f"{role} (logged in as {login})"
    found = f"PostgreSQL {version}: {server}, as {who}"
    if major < OLDEST:
        fix = f"use a server of version {OLDEST} or newer"
        return Finding("warehouse", Health.PROBLEM, f"{found}; it is too old", fix)
    return Finding("warehouse", Health.OK, found)


def _read_only(*, is_replica: bool) -> Finding:
    if is_replica:
        fix = "name the primary as the target's host in profiles.yml"
        return Finding("permissions", Health.PROBLEM, "the server is a replica", fix)
    fix = "give the role write access: ALTER ROLE ... RESET default_transaction_read_only"
    return Finding("permissions", Health.PROBLEM, "every transaction is read-only", fix)


def _clock(session: Session) -> Finding:
    before = clock.now()
    theirs = session.rows(_DOING, sql.FIND_TIME)[0][0]
    ours = before + (clock.now() - before) / 2
    seconds = (ours - theirs).total_seconds()
    word = "ahead of" if seconds > 0 else "behind"
    found = f"this machine is {abs(seconds):.1f} s {word} the server"
    if abs(seconds) < _NOTABLE.total_seconds():
        return Finding("clock", Health.OK, found)
    health = Health.WARNING if abs(seconds) < _TOO_MUCH.total_seconds() else Health.PROBLEM
    return Finding("clock", health, found, "set the clocks by NTP: leases run out by them")


def _permissions(session: Session, role: str) -> Finding:
    scratch = scratch_name()
    try:
        name = RelationName(session.database, scratch, "sample")
        require_permitted(session, Needs(makes=(name,)), "building releases")
        require_ledger(session)
    except PermissionMissing as error:
        return Finding("permissions", Health.PROBLEM, error.message, error.hint, error.details)
    tries = sql.tries(session.database, role, scratch)
    if not session.rows(_DOING, postgres_sql.FIND_SCHEMAS, [[LEDGER_SCHEMA]]):
        tries = (("make the ledger's schema", [postgres_sql.create_schema(LEDGER_SCHEMA)]), *tries)
    return check_tries(tries, session.run, session.transaction)


def _readers(session: Session, schemas: Collection[str]) -> Finding:
    """Whether those who read the public names may read names that a release adds."""
    rows = session.rows(_DOING, sql.FIND_READERS, [sorted(schemas)]) if schemas else []
    if not rows:
        return Finding("readers", Health.OK, "who reads public names may read new ones, too")
    places = ", ".join(dict.fromkeys(f"{reader} in {schema}" for schema, reader, _ in rows))
    return Finding(
        "readers",
        Health.WARNING,
        f"names that a release adds cannot be read by {places}",
        "set default privileges, unless dbt's `grants` say who may read",
        tuple(
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {quoted(role)} IN SCHEMA {quoted(schema)}"
            f" GRANT SELECT ON TABLES TO {reader if reader == 'PUBLIC' else quoted(reader)};"
            for schema, reader, role in rows
        ),
    )


def _locks(session: Session, patience: Patience) -> Finding:
    asked = patience.lock_timeout
    possible = time_for_locks(session, asked)
    words = f"a publish holds readers up for {_milliseconds(possible)} at the most"
    if possible >= asked:
        return Finding("locks", Health.OK, words)
    return Finding(
        "locks",
        Health.WARNING,
        f"{words}, and not for {_milliseconds(asked)} as asked, because of `deadlock_timeout`",
        "raise deadlock_timeout to its default of 1s, or lower `publish.lock_timeout`",
    )


def _milliseconds(time: timedelta) -> str:
    return f"{time / timedelta(milliseconds=1):.0f} ms"
