"""What PostgreSQL's catalogue says: pointers, relations, comments. The number of queries does not
grow with the number of names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from dbt_rewind.model import Column, PointerState, RelationInfo, RelationKind, RelationName
from dbt_rewind.warehouse import postgres_catalogue_sql as sql
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_view import plain_columns


@dataclass(slots=True)
class Comments:
    """The comments of one relation: its own, and those of its columns by name."""

    own: str | None = None
    columns: dict[str, str] = field(default_factory=dict)


def pointers(
    session: Session, names: Collection[RelationName]
) -> Mapping[RelationName, PointerState]:
    """What stands under each of `names`.

    A view is a pointer if it takes every row of one relation and its columns, in their order. A
    column that the relation was given after the view was made is not in the view, and need not be.
    """
    found = {
        _name(session, *row[:2]): _state(session, row)
        for row in _rows_of(session, "reading the pointers", sql.FIND_POINTERS, names)
    }
    return {name: found.get(name) or PointerState(name, None) for name in names}


def kinds(session: Session, names: Collection[RelationName]) -> dict[RelationName, RelationKind]:
    """The kind of each of `names` that exists."""
    rows = _rows_of(session, "reading the catalogue", sql.FIND_KINDS, names)
    return {_name(session, *row[:2]): RelationKind(row[2]) for row in rows}


def relations(
    session: Session, names: Collection[RelationName]
) -> Mapping[RelationName, RelationInfo]:
    """Those among `names` that exist."""
    columns: defaultdict[tuple[RelationName, RelationKind], list[Column]] = defaultdict(list)
    rows = _rows_of(session, "reading the catalogue", sql.FIND_COLUMNS, names)
    for schema, name, kind, column, type_name in rows:
        of_relation = columns[_name(session, schema, name), RelationKind(kind)]
        if column is not None:
            of_relation.append(Column(column, type_name))
    return {name: RelationInfo(name, kind, tuple(found)) for (name, kind), found in columns.items()}


def comments(session: Session, names: Collection[RelationName]) -> dict[RelationName, Comments]:
    """The comments of those among `names` that have any."""
    found: defaultdict[RelationName, Comments] = defaultdict(Comments)
    rows = _rows_of(session, "reading the comments", sql.FIND_COMMENTS, names)
    for schema, name, column, comment in rows:
        of_relation = found[_name(session, schema, name)]
        if column is None:
            of_relation.own = comment
        else:
            of_relation.columns[column] = comment
    return dict(found)


def reads(
    session: Session, views: Collection[RelationName]
) -> dict[RelationName, Set[RelationName]]:
    """For each view among `views`, materialized or not: the relations that it reads."""
    found: defaultdict[RelationName, set[RelationName]] = defaultdict(set)
    rows = _rows_of(session, "reading the views", sql.FIND_READS, views)
    for schema, name, *read in rows:
        of_view = found[_name(session, schema, name)]
        if read[0] is not None:
            of_view.add(_name(session, *read))
    return dict(found)


def referred(
    session: Session, tables: Collection[RelationName]
) -> dict[RelationName, Set[RelationName]]:
    """Those of `tables` that foreign keys of other tables lead to, with these."""
    return _pairs(session, "reading the foreign keys", sql.FIND_CHILDREN, tables)


def needed(
    session: Session, relations: Collection[RelationName]
) -> dict[RelationName, Set[RelationName]]:
    """Those of `relations` that cannot be without others of them, with these."""
    return _pairs(session, "reading what depends", sql.FIND_DEPENDENCE, relations)


def sizes(session: Session, names: Collection[RelationName]) -> dict[RelationName, int]:
    """The bytes that each of `names` takes on disk, with its indexes and what is kept apart."""
    rows = _rows_of(session, "reading sizes", sql.FIND_SIZES, names)
    found = {_name(session, schema, name): int(size) for schema, name, size in rows}
    return {name: found.get(name, 0) for name in names}


def is_empty(session: Session, schema: str) -> bool:
    """Whether the schema exists and holds nothing of any kind."""
    row = session.row("reading the schema", sql.IS_EMPTY_SCHEMA, [schema])
    return bool(row and row[0])


def _state(session: Session, row: tuple[Any, ...]) -> PointerState:
    schema, name, kind, text, target_schema, target_name, columns = row
    pointer = _name(session, schema, name)
    taken = plain_columns(text) if text is not None else None
    if taken is None or list(taken) != columns[: len(taken)]:
        return PointerState(pointer, None, RelationKind(kind))
    return PointerState(pointer, _name(session, target_schema, target_name))


def _pairs(
    session: Session, doing: str, statement: str, names: Collection[RelationName]
) -> dict[RelationName, Set[RelationName]]:
    found: defaultdict[RelationName, set[RelationName]] = defaultdict(set)
    for schema, name, other_schema, other in _rows_of(session, doing, statement, names):
        found[_name(session, schema, name)].add(_name(session, other_schema, other))
    return dict(found)


def _name(session: Session, schema: str, name: str) -> RelationName:
    return RelationName(session.database, schema, name)


def _rows_of(
    session: Session, doing: str, statement: str, names: Collection[RelationName]
) -> list[tuple[Any, ...]]:
    """The rows that `statement` has for those of `names` that are in the database."""
    here = sorted({name for name in names if name.database == session.database})
    if not here:
        return []
    values = [[name.schema for name in here], [name.name for name in here]]
    return session.rows(doing, statement, values)
