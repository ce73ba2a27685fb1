"""The one transaction of a publish: lease, chain, pointers, comments, artifacts, event."""

from __future__ import annotations

from collections.abc import Sequence

from dbt_rewind.errors import NotAtomic, WarehouseFailed
from dbt_rewind.model import (
    Event,
    Lease,
    PointerMove,
    RelationKind,
    RelationName,
)
from dbt_rewind.warehouse import duckdb_catalogue, duckdb_lease, duckdb_ledger, duckdb_sql
from dbt_rewind.warehouse.duckdb_catalogue import Comments
from dbt_rewind.warehouse.duckdb_errors import is_conflict
from dbt_rewind.warehouse.duckdb_session import Session
from dbt_rewind.warehouse.duckdb_sql import folded, folded_name
from dbt_rewind.warehouse.preconditions import (
    require_distinct,
    require_lease_of,
    require_standing,
)


def commit(
    session: Session,
    event: Event,
    lease: Lease,
    moves: Sequence[PointerMove],
    artifacts: Sequence[bytes],
) -> None:
    """All of it or none; the protocol's `commit` names the errors."""
    _require_one_database(session, moves)
    require_lease_of(event, lease)
    require_distinct(moves, folded_name)
    doing = f"publishing to {event.environment}"
    try:
        with session.transaction(doing):
            _require_unchanged(session, event, lease, moves)
            _move(session, moves)
            duckdb_ledger.store_artifacts(session, artifacts)
            duckdb_ledger.append(session, event)
    except WarehouseFailed as failed:
        if is_conflict(failed):
            # The driver does not say on what; whoever got in first has left traces that do.
            with session.transaction(doing):
                _require_unchanged(session, event, lease, moves)
        raise


def _require_one_database(session: Session, moves: Sequence[PointerMove]) -> None:
    # DuckDB writes to one attached database in a transaction, and the event goes into this one.
    written = {folded(session.database): session.database}
    for move in moves:
        written.setdefault(folded(move.pointer.database), move.pointer.database)
    if len(written) > 1:
        raise NotAtomic(tuple(sorted(written.values())))


def _require_unchanged(
    session: Session, event: Event, lease: Lease, moves: Sequence[PointerMove]
) -> None:
    duckdb_lease.hold_against_takers(session, lease)
    duckdb_ledger.require_next(session, event)
    states = duckdb_catalogue.pointers(session, [move.pointer for move in moves])
    require_standing(moves, states, folded_name)


def _move(session: Session, moves: Sequence[PointerMove]) -> None:
    for database, schema in sorted({_schema(move) for move in moves if move.after}):
        session.run("making a schema", duckdb_sql.create_schema(database, schema))
    targets = [move.after for move in moves if move.after]
    comments = duckdb_catalogue.comments(session, targets)
    for move in moves:
        doing = f"moving {move.pointer}"
        if move.after is None:
            drop = duckdb_sql.drop_relation(move.pointer, RelationKind.VIEW)
            session.run(doing, drop)
            continue
        session.run(doing, duckdb_sql.create_pointer(move.pointer, move.after))
        # A replaced view has lost its comments, so that only those to be set need a statement.
        set_comments(
            session, move.pointer, RelationKind.VIEW, comments.get(folded_name(move.after))
        )


def set_comments(
    session: Session, relation: RelationName, kind: RelationKind, comments: Comments | None
) -> None:
    """Gives a relation without comments these, within the caller's transaction."""
    if comments is None:
        return
    doing = f"commenting {relation}"
    if comments.own is not None:
        session.run(doing, duckdb_sql.comment_on(relation, kind, comments.own))
    for column, comment in comments.columns.items():
        session.run(doing, duckdb_sql.comment_on_column(relation, column, comment))


def _schema(move: PointerMove) -> tuple[str, str]:
    return move.pointer.database, move.pointer.schema
