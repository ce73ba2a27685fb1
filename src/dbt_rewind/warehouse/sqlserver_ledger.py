"""The ledger's tables in SQL Server: events and artifacts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dbt_rewind.errors import LedgerTooNew, WarehouseFailed
from dbt_rewind.model import Event
from dbt_rewind.warehouse import preconditions, sqlserver_catalogue
from dbt_rewind.warehouse import sqlserver_ledger_sql as sql
from dbt_rewind.warehouse.artifact_bytes import digest_of, packed, unpacked
from dbt_rewind.warehouse.event_row import event_of, values_of
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA, LEDGER_VERSION
from dbt_rewind.warehouse.sqlserver_errors import is_unknown_relation
from dbt_rewind.warehouse.sqlserver_session import Session
from dbt_rewind.warehouse.sqlserver_sql import create_schema, drop_schema

_FIELDS = ("environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash")


def prepare(session: Session) -> None:
    """Makes what is missing of the ledger and raises an older one to today's version; writes
    nothing where neither is needed. Raises LedgerTooNew."""
    found = version(session)
    if found == LEDGER_VERSION:
        return
    if found is not None:
        session.run("upgrading the ledger", sql.RAISE_VERSION, version=LEDGER_VERSION, found=found)
        return
    doing = "making the ledger"
    with session.transaction(doing):
        if session.row(doing, sql.SCHEMA_IS_MISSING):
            session.run(doing, create_schema(LEDGER_SCHEMA))
        for statement in sql.create_ledger():
            session.run(doing, statement)
        session.run(doing, sql.INSERT_VERSION, version=LEDGER_VERSION)


def remove(session: Session) -> None:
    """Drops the ledger's tables, and its schema unless something else is in it."""
    if not is_there(session):
        return
    doing = "removing the ledger"
    with session.transaction(doing):
        for statement in sql.drop_ledger():
            session.run(doing, statement)
        if sqlserver_catalogue.is_empty(session, LEDGER_SCHEMA):
            session.run(doing, drop_schema(LEDGER_SCHEMA))


def is_there(session: Session) -> bool:
    """Whether there is a ledger that we can read. Raises LedgerTooNew."""
    return version(session) is not None


def version(session: Session) -> int | None:
    """The ledger's version, None where there is no ledger. Raises LedgerTooNew."""
    try:
        found = session.row("reading the ledger's version", sql.SELECT_VERSION)
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
    rows = session.rows(
        "reading the ledger", sql.SELECT_EVENTS, environment=environment, sequence=after
    )
    return tuple(event_of(row) for row in rows)


def require_next(session: Session, event: Event) -> None:
    """Raises LiveChanged unless `event` follows the last of its environment."""
    last = session.row("reading the ledger's end", sql.SELECT_LAST, environment=event.environment)
    preconditions.require_next(event, (last[0], last[1]) if last else None)


def append(session: Session, event: Event) -> None:
    """Writes one event, within the caller's transaction."""
    values = dict(zip(_FIELDS, values_of(event), strict=True))
    session.run("appending to the ledger", sql.INSERT_EVENT, **values)


def is_appended(session: Session, event: Event) -> bool:
    """Whether this very event stands in the ledger."""
    return event in events(session, event.environment, event.sequence - 1)


def environments(session: Session) -> frozenset[str]:
    """Those with events, or whose lease somebody holds."""
    if not is_there(session):
        return frozenset()
    return frozenset(row[0] for row in session.rows("reading the ledger", sql.SELECT_ENVIRONMENTS))


def artifact(session: Session, digest: str) -> bytes | None:
    """The content stored under `digest`. Raises ArtifactDamaged."""
    if not is_there(session):
        return None
    found = session.row("reading an artifact", sql.SELECT_ARTIFACT, digest=digest)
    return unpacked(digest, bytes(found[0])) if found else None


def store_artifacts(session: Session, artifacts: Sequence[bytes]) -> None:
    """Writes the artifacts that are not there yet, within the caller's transaction."""
    if not artifacts:
        return
    doing = "storing artifacts"
    by_digest = {digest_of(content): content for content in artifacts}
    known = session.rows(doing, sql.SELECT_KNOWN_ARTIFACTS, digests=" ".join(by_digest))
    for digest in by_digest.keys() - {row[0] for row in known}:
        session.run(doing, sql.INSERT_ARTIFACT, digest=digest, content=packed(by_digest[digest]))


def forget(session: Session, environment: str, digests: Collection[str]) -> None:
    """Deletes the artifacts among `digests` that no event of another environment names."""
    session.run(
        "forgetting artifacts",
        sql.DELETE_ARTIFACTS,
        digests=" ".join(sorted(digests)),
        environment=environment,
    )
