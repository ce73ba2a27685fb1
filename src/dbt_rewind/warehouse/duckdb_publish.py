"""The one transaction of a publish: lease, chain, pointers, comments, artifacts, event."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dbt_rewind.errors import NotAtomic, WarehouseFailed
from dbt_rewind.model import (
    Event,
    Lease,
    PointerMove,
    RelationKind,
    RelationName,
    Relocation,
)
from dbt_rewind.warehouse import duckdb_catalogue, duckdb_lease, duckdb_ledger, duckdb_sql
from dbt_rewind.warehouse.duckdb_describe import set_comments
from dbt_rewind.warehouse.duckdb_errors import is_conflict
from dbt_rewind.warehouse.duckdb_relocate import (
    References,
    by_kind,
    make_schemas,
    relocate_tables,
    relocate_views,
    rename_views,
    stays_in_schema,
)
from dbt_rewind.warehouse.duckdb_session import Session
from dbt_rewind.warehouse.duckdb_sql import folded, folded_name
from dbt_rewind.warehouse.preconditions import (
    inner_first,
    require_distinct,
    require_lease_of,
    require_standing,
)


def commit(
    session: Session,
    event: Event,
    lease: Lease,
    moves: Sequence[PointerMove],
    relocations: Sequence[Relocation],
    references: References,
    artifacts: Sequence[bytes],
) -> None:
    """All of it or none; the protocol's `commit` names the errors."""
    names = [move.pointer for move in moves]
    names += [name for each in relocations for name in (each.source, each.target)]
    require_one_database(session, names)
    require_lease_of(event, lease)
    require_distinct(moves, folded_name)
    doing = f"publishing to {event.environment}"
    try:
        with session.transaction(doing):
            _require_unchanged(session, event, lease, moves, relocations)
            _drop(session, moves)
            _relocate_and_create(session, moves, relocations, references)
            duckdb_ledger.store_artifacts(session, artifacts)
            duckdb_ledger.append(session, event)
    except WarehouseFailed as failed:
        if is_conflict(failed):
            # The driver does not say on what; whoever got in first has left traces that do.
            with session.transaction(doing):
                _require_unchanged(session, event, lease, moves, relocations)
        raise


def replay(
    session: Session, events: Sequence[Event], lease: Lease, artifacts: Sequence[bytes]
) -> None:
    """All of them or none; the protocol's `replay` names the errors."""
    doing = f"telling the ledger of {lease.environment} what it forgot"
    with session.transaction(doing):
        duckdb_lease.hold_against_takers(session, lease)
        duckdb_ledger.store_artifacts(session, artifacts)
        for event in events:
            require_lease_of(event, lease)
            duckdb_ledger.require_next(session, event)
            duckdb_ledger.append(session, event)


def require_one_database(session: Session, names: Collection[RelationName]) -> None:
    """Raises NotAtomic unless all of `names` are in the ledger's database."""
    # DuckDB writes to one attached database in a transaction, and the event goes into this one.
    written = {folded(session.database): session.database}
    for name in names:
        written.setdefault(folded(name.database), name.database)
    if len(written) > 1:
        raise NotAtomic(tuple(sorted(written.values())))


def _require_unchanged(
    session: Session,
    event: Event,
    lease: Lease,
    moves: Sequence[PointerMove],
    relocations: Sequence[Relocation],
) -> None:
    duckdb_lease.hold_against_takers(session, lease)
    duckdb_ledger.require_next(session, event)
    states = duckdb_catalogue.pointers(session, [move.pointer for move in moves])
    require_standing(moves, states, folded_name, leaving=[each.source for each in relocations])


def _drop(session: Session, moves: Sequence[PointerMove]) -> None:
    for move in moves:
        if move.after is None:
            drop = duckdb_sql.drop_relation(move.pointer, RelationKind.VIEW)
            session.run(f"moving {move.pointer}", drop)


def _relocate_and_create(
    session: Session,
    moves: Sequence[PointerMove],
    relocations: Sequence[Relocation],
    references: References,
) -> None:
    """In an order in which everything that a view names is there when the view is made."""
    tables, views = by_kind(session, relocations)
    if not references:
        rename_views(session, [each for each in views if stays_in_schema(each)])
        views = [each for each in views if not stays_in_schema(each)]
    relocate_tables(session, tables)
    awaited = {folded_name(name) for each in views for name in (each.source, each.target)}
    for part in inner_first(moves, folded_name):
        _create(session, [move for move in part if not _awaits(move, awaited)])
    relocate_views(session, views, references)
    for part in inner_first(moves, folded_name):
        _create(session, [move for move in part if _awaits(move, awaited)])


def _awaits(move: PointerMove, names: Collection[RelationName]) -> bool:
    """Whether a view that is relocated has the pointer's name yet, or is what it leads to."""
    involved = {folded_name(name) for name in (move.pointer, move.after) if name}
    return not involved.isdisjoint(names)


def _create(session: Session, moves: Sequence[PointerMove]) -> None:
    targets = [move.after for move in moves if move.after]
    make_schemas(session, [move.pointer for move in moves])
    comments = duckdb_catalogue.comments(session, targets)
    for move in moves:
        if move.after is None:
            continue
        doing = f"moving {move.pointer}"
        session.run(doing, duckdb_sql.create_pointer(move.pointer, move.after))
        # A replaced view has lost its comments, so that only those to be set need a statement.
        set_comments(
            session, move.pointer, RelationKind.VIEW, comments.get(folded_name(move.after))
        )
