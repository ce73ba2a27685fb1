"""The ledger's tables in DuckDB: events and artifacts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dbt_rewind.errors import LedgerTooNew, WarehouseFailed
from dbt_rewind.model import Event
from dbt_rewind.warehouse import duckdb_catalogue, preconditions
from dbt_rewind.warehouse import duckdb_ledger_sql as sql
from dbt_rewind.warehouse.artifact_bytes import digest_of, packed, unpacked
from dbt_rewind.warehouse.duckdb_errors import is_unknown_relation
from dbt_rewind.warehouse.duckdb_session import Session
from dbt_rewind.warehouse.duckdb_sql import drop_schema
from dbt_rewind.warehouse.event_row import event_of, values_of
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA, LEDGER_VERSION


def prepare(session: Session) -> None:
    """Makes what is missing of the ledger and raises an older one to today's version; writes
    nothing where neither is needed. Raises LedgerTooNew."""
    found = version(session)
    if found == LEDGER_VERSION:
        return
    if found is not None:
        session.run(
            "upgrading the ledger", sql.raise_version(session.database), [LEDGER_VERSION, found]
        )
        return
    doing = "making the ledger"
    with session.transaction(doing):
        for statement in sql.create_ledger(session.database):
            session.run(doing, statement)
        session.run(doing, sql.insert_version(session.database), [LEDGER_VERSION])


def remove(session: Session) -> None:
    """Drops the ledger's tables, and its schema unless something else is in it."""
    if not is_there(session):
        return
    doing = "removing the ledger"
    with session.transaction(doing):
        for statement in sql.drop_ledger(session.database):
            session.run(doing, statement)
        if duckdb_catalogue.is_empty(session, session.database, LEDGER_SCHEMA):
            session.run(doing, drop_schema(session.database, LEDGER_SCHEMA))


def is_there(session: Session) -> bool:
    """Whether there is a ledger that we can read. Raises LedgerTooNew."""
    return version(session) is not None


def version(session: Session) -> int | None:
    """The ledger's version, None where there is no ledger. Raises LedgerTooNew."""
    doing = "reading the ledger's version"
    try:
        found = session.row(doing, sql.select_version(session.database))
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
        "reading the ledger", sql.select_events(session.database), [environment, after]
    )
    return tuple(event_of(row) for row in rows)


def require_next(session: Session, event: Event) -> None:
    """Raises LiveChanged unless `event` follows the last of its environment."""
    last = session.row(
        "reading the ledger's end", sql.select_last(session.database), [event.environment]
    )
    preconditions.require_next(event, (last[0], last[1]) if last else None)


def append(session: Session, event: Event) -> None:
    """Writes one event, within the caller's transaction."""
    session.run("appending to the ledger", sql.insert_event(session.database), values_of(event))


def environments(session: Session) -> frozenset[str]:
    """Those with events, or whose lease somebody holds."""
    if not is_there(session):
        return frozenset()
    rows = session.rows("reading the ledger", sql.select_environments(session.database))
    return frozenset(row[0] for row in rows)


def artifact(session: Session, digest: str) -> bytes | None:
    """The content stored under `digest`. Raises ArtifactDamaged."""
    if not is_there(session):
        return None
    found = session.row("reading an artifact", sql.select_artifact(session.database), [digest])
    return unpacked(digest, found[0]) if found else None


def store_artifacts(session: Session, artifacts: Sequence[bytes]) -> None:
    """Writes the artifacts that are not there yet, within the caller's transaction."""
    if not artifacts:
        return
    doing = "storing artifacts"
    by_digest = {digest_of(content): content for content in artifacts}
    known = session.rows(doing, sql.select_known_artifacts(session.database), [list(by_digest)])
    for digest in by_digest.keys() - {row[0] for row in known}:
        values = [digest, packed(by_digest[digest])]
        session.run(doing, sql.insert_artifact(session.database), values)


def forget(session: Session, environment: str, digests: Collection[str]) -> None:
    """Deletes the artifacts among `digests` that no event of another environment names."""
    session.run(
        "forgetting artifacts",
        sql.delete_artifacts(session.database),
        [sorted(digests), environment],
    )
