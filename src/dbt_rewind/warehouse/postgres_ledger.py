"""The ledger's tables in PostgreSQL: events and artifacts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dbt_rewind.errors import LedgerTooNew, WarehouseFailed
from dbt_rewind.model import Event
from dbt_rewind.warehouse import postgres_catalogue, preconditions
from dbt_rewind.warehouse import postgres_ledger_sql as sql
from dbt_rewind.warehouse.artifact_bytes import digest_of, packed, unpacked
from dbt_rewind.warehouse.event_row import event_of, values_of
from dbt_rewind.warehouse.postgres_errors import is_unknown_relation
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_sql import create_schema, drop_schema
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA, LEDGER_VERSION

_LOCKS = 0x72657764
"""The first number of the advisory locks on the ledger's tables."""
_MAKING = 0
_ARTIFACTS = 1
"""Held together by those who store, and alone by those who forget."""


def prepare(session: Session) -> None:
    """Makes what is missing of the ledger and raises an older one to today's version; writes
    nothing where neither is needed. Raises LedgerTooNew."""
    found = version(session)
    if found == LEDGER_VERSION:
        return
    if found is not None:
        session.run("upgrading the ledger", sql.RAISE_VERSION, [LEDGER_VERSION, found])
        return
    doing = "making the ledger"
    with session.transaction(doing):
        # `IF NOT EXISTS` looks first and fails where another transaction makes the same.
        session.rows(doing, sql.LOCK, [_LOCKS, _MAKING])
        _make(session, doing)


def remove(session: Session) -> None:
    """Drops the ledger's tables, and its schema unless something else is in it."""
    if not is_there(session):
        return
    doing = "removing the ledger"
    with session.transaction(doing):
        session.run(doing, sql.DROP_TABLES)
        if postgres_catalogue.is_empty(session, LEDGER_SCHEMA):
            session.run(doing, drop_schema(LEDGER_SCHEMA))


def is_there(session: Session) -> bool:
    """Whether there is a ledger that we can read. Raises LedgerTooNew."""
    return version(session) is not None


def version(session: Session) -> int | None:
    """The ledger's version, None where there is no ledger; not within a transaction.

    Raises LedgerTooNew, PermissionMissing.
    """
    doing = "reading the ledger's version"
    try:
        found = session.row(doing, sql.SELECT_VERSION)
    except WarehouseFailed as failed:
        if is_unknown_relation(failed):
            return None
        raise
    if found is None:
        return None
    if found[0] > LEDGER_VERSION:
        raise LedgerTooNew(found=found[0], known=LEDGER_VERSION)
    return int(found[0])


def events(session: Session, environment: str, after: int) -> tuple[Event, ...]:
    """The events with a sequence above `after`, oldest first.

    Raises ChainBroken where one is not even readable, LedgerTooNew.
    """
    if not is_there(session):
        return ()
    rows = session.rows("reading the ledger", sql.SELECT_EVENTS, [environment, after])
    return tuple(event_of(row) for row in rows)


def require_next(session: Session, event: Event) -> None:
    """Raises LiveChanged unless `event` follows the last of its environment."""
    last = session.row("reading the ledger's end", sql.SELECT_LAST, [event.environment])
    preconditions.require_next(event, (last[0], last[1]) if last else None)


def append(session: Session, event: Event) -> None:
    """Writes one event, within the caller's transaction."""
    session.run("appending to the ledger", sql.INSERT_EVENT, values_of(event))


def environments(session: Session) -> frozenset[str]:
    """Those with events, or whose lease somebody holds."""
    if not is_there(session):
        return frozenset()
    rows = session.rows("reading the ledger", sql.SELECT_ENVIRONMENTS)
    return frozenset(row[0] for row in rows)


def artifact(session: Session, digest: str) -> bytes | None:
    """The content stored under `digest`. Raises ArtifactDamaged."""
    if not is_there(session):
        return None
    found = session.row("reading an artifact", sql.SELECT_ARTIFACT, [digest])
    return unpacked(digest, found[0]) if found else None


def store_artifacts(session: Session, artifacts: Sequence[bytes]) -> None:
    """Writes the artifacts that are not there yet, within the caller's transaction."""
    if not artifacts:
        return
    doing = "storing artifacts"
    by_digest = {digest_of(content): content for content in artifacts}
    # What we find stored must not be forgotten before our event, which names it, is seen.
    session.rows(doing, sql.LOCK_SHARED, [_LOCKS, _ARTIFACTS])
    known = session.rows(doing, sql.SELECT_KNOWN_ARTIFACTS, [list(by_digest)])
    for digest in sorted(by_digest.keys() - {row[0] for row in known}):
        session.run(doing, sql.INSERT_ARTIFACT, [digest, packed(by_digest[digest])])


def forget(session: Session, environment: str, digests: Collection[str]) -> None:
    """Deletes the artifacts among `digests` that no event of another environment names."""
    doing = "forgetting artifacts"
    with session.transaction(doing):
        session.rows(doing, sql.LOCK, [_LOCKS, _ARTIFACTS])
        session.run(doing, sql.DELETE_ARTIFACTS, [sorted(digests), environment])


def _make(session: Session, doing: str) -> None:
    # Asked for, because to make a schema that is there needs a permission all the same.
    if session.row(doing, sql.HAS_SCHEMA) == (False,):
        session.run(doing, create_schema(LEDGER_SCHEMA))
    for statement in sql.CREATE_TABLES:
        session.run(doing, statement)
    session.run(doing, sql.INSERT_VERSION, [LEDGER_VERSION])
