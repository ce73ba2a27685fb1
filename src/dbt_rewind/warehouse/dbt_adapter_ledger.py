"""The ledger's tables through the door: events and artifacts."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from typing import Any

from dbt_rewind.errors import (
    ArtifactDamaged,
    LedgerTooNew,
    LiveChanged,
    WarehouseFailed,
)
from dbt_rewind.model import Event
from dbt_rewind.warehouse import dbt_adapter_catalogue, preconditions
from dbt_rewind.warehouse import dbt_adapter_ledger_sql as sql
from dbt_rewind.warehouse.artifact_bytes import digest_of, packed, unpacked
from dbt_rewind.warehouse.dbt_adapter_session import Session, is_conflict, is_missing
from dbt_rewind.warehouse.dbt_adapter_sql import drop_schema
from dbt_rewind.warehouse.event_row import event_of, values_of
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA, LEDGER_VERSION

_AT_ONCE = 200


def prepare(session: Session) -> None:
    """Makes what is missing of the ledger and raises an older one to today's version; writes
    nothing where neither is needed. Raises LedgerTooNew."""
    dialect, database = session.dialect, session.database
    found = version(session)
    if found == LEDGER_VERSION:
        return
    if found is not None:
        statement = sql.raise_version(dialect, database)
        session.run("upgrading the ledger", statement, [LEDGER_VERSION, found])
        return
    doing = f"making the ledger's tables{dialect.table_options}"
    try:
        with session.transaction(doing):
            for statement in sql.create_ledger(dialect, database):
                session.run(doing, statement)
            # Last: without it there is no ledger, whatever is there already.
            only_row = sql.insert_where_none(
                dialect, database, "ledger", ("only_row", "version"), "true"
            )
            session.run(doing, only_row, [True, LEDGER_VERSION])
    except WarehouseFailed as failed:
        if not is_conflict(dialect, failed) or version(session) is None:
            raise


def remove(session: Session) -> None:
    """Drops the ledger's tables, and its schema unless something else is in it."""
    if not is_there(session):
        return
    doing = "removing the ledger"
    with session.transaction(doing):
        for statement in sql.drop_ledger(session.dialect, session.database):
            session.run(doing, statement)
        empty = dbt_adapter_catalogue.is_empty(session, session.database, LEDGER_SCHEMA)
        dropping = drop_schema(session.dialect, session.database, LEDGER_SCHEMA)
        if empty and dropping is not None:
            session.run(doing, dropping)


def is_there(session: Session) -> bool:
    """Whether there is a ledger that we can read. Raises LedgerTooNew."""
    return version(session) is not None


def version(session: Session) -> int | None:
    """The ledger's version, None where there is no ledger. Raises LedgerTooNew."""
    doing = "reading the ledger's version"
    statement = sql.select(session.dialect, session.database, "ledger", ["version"])
    try:
        found = session.row(doing, statement)
    except WarehouseFailed as failed:
        if is_missing(session.dialect, failed):
            return None
        raise
    if found is None:
        return None
    if found[0] > LEDGER_VERSION:
        raise LedgerTooNew(found=int(found[0]), known=LEDGER_VERSION)
    return int(found[0])


def events(session: Session, environment: str, after: int) -> tuple[Event, ...]:
    """The events with a sequence above `after`, oldest first.

    Raises ChainBroken where one is not even readable, LedgerTooNew.
    """
    if not is_there(session):
        return ()
    statement = sql.select_events(session.dialect, session.database)
    rows = session.rows("reading the ledger", statement, [environment, after])
    return tuple(event_of(row) for row in rows)


def require_next(session: Session, event: Event) -> None:
    """Raises LiveChanged unless `event` follows the last of its environment."""
    statement = sql.select_last(session.dialect, session.database)
    last = session.row("reading the ledger's end", statement, [event.environment])
    preconditions.require_next(event, (int(last[0]), last[1]) if last else None)


def append(session: Session, event: Event) -> None:
    """Writes one event.

    Where keys are not enforced, it is written only behind what it follows, and taken back where
    another one came at the same moment: of two, both or one are refused. Raises LiveChanged.
    """
    dialect, database = session.dialect, session.database
    doing = "appending to the ledger"
    place = [event.environment, event.sequence]
    values = values_of(event)
    if dialect.keys:
        session.run(doing, sql.insert(dialect, database, "event", sql.EVENT), values)
        return
    session.run(doing, sql.append_event(dialect, database), [*values, *place])
    same_place = sql.select(dialect, database, "event", ["hash"], ("environment", "sequence"))
    found = [row[0] for row in session.rows(doing, same_place, place)]
    if found == [event.hash]:
        return
    if event.hash in found:
        ours = ("environment", "sequence", "hash")
        session.run(doing, sql.delete(dialect, database, "event", ours), [*place, event.hash])
    raise LiveChanged(event.environment)


def environments(session: Session) -> frozenset[str]:
    """Those with events, or whose lease somebody holds."""
    if not is_there(session):
        return frozenset()
    statements = sql.select_environments(session.dialect, session.database)
    rows = [row for each in statements for row in session.rows("reading the ledger", each)]
    return frozenset(row[0] for row in rows)


def artifact(session: Session, digest: str) -> bytes | None:
    """The content stored under `digest`. Raises ArtifactDamaged."""
    if not is_there(session):
        return None
    dialect, database = session.dialect, session.database
    doing = "reading an artifact"
    if dialect.chunk is None:
        whole = sql.select(dialect, database, "artifact", ["content"], ["digest"])
        found = session.row(doing, whole, [digest])
        return unpacked(digest, bytes(found[0])) if found else None
    columns = ("part", "parts", "content")
    rows = session.rows(
        doing, sql.select(dialect, database, "artifact", columns, ["digest"]), [digest]
    )
    return unpacked(digest, _joined(digest, rows)) if rows else None


def store_artifacts(session: Session, artifacts: Sequence[bytes]) -> None:
    """Writes the artifacts that are not there yet."""
    if not artifacts:
        return
    doing = "storing artifacts"
    dialect, database = session.dialect, session.database
    by_digest = {digest_of(content): content for content in artifacts}
    statement = sql.select_known_artifacts(dialect, database, len(by_digest))
    known = session.rows(doing, statement, list(by_digest))
    for digest in sorted(by_digest.keys() - {row[0] for row in known}):
        stored = packed(by_digest[digest])
        if dialect.chunk is None:
            columns: tuple[str, ...] = ("digest", "content")
            rows: list[list[Any]] = [[digest, stored]]
        else:
            columns = ("digest", "part", "parts", "content")
            rows = [[digest, *part] for part in parts_of(stored, dialect.chunk)]
        for row in rows:
            session.run(doing, sql.insert(dialect, database, "artifact", columns), row)


def parts_of(stored: bytes, size: int) -> list[tuple[int, int, str]]:
    """Part, number of parts, text: what a statement can hold of an artifact."""
    text = base64.b64encode(stored).decode("ascii")
    pieces = [text[at : at + size] for at in range(0, len(text), size)] or [""]
    return [(number, len(pieces), piece) for number, piece in enumerate(pieces)]


def forget(session: Session, environment: str, digests: Collection[str]) -> None:
    """Deletes the artifacts among `digests` that no event of another environment names."""
    doing = "forgetting artifacts"
    session.require_writable(doing)
    if not digests:
        return
    dialect, database = session.dialect, session.database
    others = session.rows(doing, sql.select_payloads_of_others(dialect, database), [environment])
    free = [each for each in sorted(digests) if not any(each in row[0] for row in others)]
    for at in range(0, len(free), _AT_ONCE):
        part = free[at : at + _AT_ONCE]
        session.run(doing, sql.delete_artifacts(dialect, database, len(part)), part)


def _joined(digest: str, rows: Sequence[tuple[Any, ...]]) -> bytes:
    # A process that was killed may have left a part twice, or not all; the digest tells.
    by_part = {int(part): text for part, _, text in rows}
    text = "".join(by_part[part] for part in sorted(by_part))
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ArtifactDamaged(digest) from error
