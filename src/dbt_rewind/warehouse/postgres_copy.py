"""Copies tables in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse import postgres_copy_sql as sql
from dbt_rewind.warehouse.postgres_drop import drop_all
from dbt_rewind.warehouse.postgres_relocate import make_schemas
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_sql import PLAIN_PATH, literal, qualified


@dataclass(frozen=True, slots=True)
class _Table:
    """What is to be copied: `identity` is the server's own, `text` its quoted name, `storage` the
    end of the statement that makes a table like it, `columns` those that hold data."""

    identity: int
    text: str
    unlogged: bool
    storage: str
    columns: tuple[str, ...]


def clone(session: Session, source: RelationName, target: RelationName) -> None:
    """Copies a table with all it has: rows in their order, columns, defaults, constraints, indexes,
    sequences of its own, statistics, triggers, policies, comments, options, owner and privileges.

    The owner stays one only where that role might have made the table there; else it is ours.
    Foreign keys that lead to a table of a release stay behind, and so do publications. Indexes,
    sequences and their constraints have other names where the target's schema has theirs already.
    Raises WarehouseFailed where the table is of a kind that cannot be copied whole.
    """
    doing = f"copying {source} to {target}"
    if source == target:
        raise WarehouseFailed(doing, "a table cannot replace itself")
    with session.transaction(doing):
        session.run(doing, PLAIN_PATH)
        session.run(doing, sql.PREPARE)
        table = _table(session, doing, source)
        make_schemas(session, [target])
        drop_all(session, [target])
        _copy(session, doing, table, target)


def _table(session: Session, doing: str, source: RelationName) -> _Table:
    found = session.row(doing, sql.FIND_TABLE, [source.schema, source.name])
    if found is None or source.database != session.database:
        raise WarehouseFailed(doing, f"{source} does not exist")
    identity, text, problem, unlogged, storage, columns = found
    if problem is not None:
        raise WarehouseFailed(doing, f"{source} cannot be copied: {problem}")
    return _Table(identity, text, unlogged, storage, tuple(columns))


def _copy(session: Session, doing: str, table: _Table, target: RelationName) -> None:
    """Makes the table and fills it, and only then gives it what would slow that down."""
    free = session.row(doing, sql.ARE_FREE, [table.identity, target.schema])
    values = [table.identity, qualified(target), target.schema, free == (True,)]
    create = sql.create_like(target, table.text, table.storage, unlogged=table.unlogged)
    session.run(doing, create)
    _copy_sequences(session, doing, values, target)
    session.run(doing, sql.copy_rows(table.text, target, table.columns))
    for (statement,) in session.rows(doing, sql.FIND_PARTS, values):
        session.run(doing, statement)
    pairs = session.rows(doing, sql.FIND_PAIRS, values)
    lists = [list(each) for each in zip(*pairs, strict=True)]
    for (statement,) in session.rows(doing, sql.FIND_GRANTS, lists):
        session.run(doing, statement)


def _copy_sequences(
    session: Session, doing: str, values: Sequence[object], target: RelationName
) -> None:
    """Gives the copy sequences of its own, and has its defaults count with these."""
    renamed: dict[str, str] = {}
    for _, old, new, statement in session.rows(doing, sql.FIND_SEQUENCES, values):
        session.run(doing, statement)
        renamed[_as_constant(old)] = _as_constant(new)
    if not renamed:
        return
    for column, expression in session.rows(doing, sql.FIND_DEFAULTS, values[:1]):
        text = expression
        for old, new in renamed.items():
            text = text.replace(old, new)
        if text != expression:
            session.run(doing, sql.set_default(target, column, text))


def _as_constant(sequence: str) -> str:
    """How the server writes a sequence in an expression."""
    return f"{literal(sequence)}::regclass"
