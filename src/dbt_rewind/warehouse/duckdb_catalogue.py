"""What DuckDB's catalogue says: pointers, relations, comments. The number of queries does not grow
with the number of names."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dbt_rewind.model import Column, PointerState, RelationInfo, RelationKind, RelationName
from dbt_rewind.warehouse import duckdb_catalogue_sql as sql
from dbt_rewind.warehouse.duckdb_session import Session
from dbt_rewind.warehouse.duckdb_sql import folded, folded_name
from dbt_rewind.warehouse.view_rewrite import names_in
from dbt_rewind.warehouse.view_text import pointer_target


@dataclass(slots=True)
class Comments:
    """The comments of one relation: its own, and those of its columns by name."""

    own: str | None = None
    columns: dict[str, str] = field(default_factory=dict)


def pointers(
    session: Session, names: Collection[RelationName]
) -> Mapping[RelationName, PointerState]:
    """What stands under each of `names`, found under any spelling that DuckDB takes for it."""
    found = {
        folded_name(RelationName(*row[:3])): row
        for row in _rows_of(session, "reading the pointers", sql.FIND_POINTERS, names)
    }
    return {name: _state(name, found.get(folded_name(name))) for name in names}


def kinds(session: Session, names: Collection[RelationName]) -> dict[RelationName, RelationKind]:
    """The kind of each of `names` that exists."""
    found = {
        folded_name(RelationName(*row[:3])): RelationKind(row[3])
        for row in _rows_of(session, "reading the catalogue", sql.FIND_KINDS, names)
    }
    return {name: found[folded_name(name)] for name in names if folded_name(name) in found}


def relations(
    session: Session, names: Collection[RelationName]
) -> Mapping[RelationName, RelationInfo]:
    """The tables and views among `names`, each under the name asked for and with the catalogue's
    spelling in its `name`."""
    doing = "reading the catalogue"
    columns: defaultdict[RelationName, list[Column]] = defaultdict(list)
    for *relation, column, type_name in _rows_of(session, doing, sql.FIND_COLUMNS, names):
        columns[RelationName(*relation)].append(Column(column, type_name))
    found: dict[RelationName, RelationInfo] = {}
    for *relation, kind in _rows_of(session, doing, sql.FIND_KINDS, names):
        name = RelationName(*relation)
        found[folded_name(name)] = RelationInfo(name, RelationKind(kind), tuple(columns[name]))
    return {name: found[folded_name(name)] for name in names if folded_name(name) in found}


def comments(session: Session, names: Collection[RelationName]) -> dict[RelationName, Comments]:
    """The comments of those among `names` that have any, by folded name."""
    found: defaultdict[RelationName, Comments] = defaultdict(Comments)
    rows = _rows_of(session, "reading the comments", sql.FIND_COMMENTS, names)
    for *relation, column, comment in rows:
        of_relation = found[folded_name(RelationName(*relation))]
        if column is None:
            of_relation.own = comment
        else:
            of_relation.columns[column] = comment
    return dict(found)


def named_indexes(session: Session, table: RelationName) -> tuple[tuple[str, str], ...]:
    """The names and texts of the table's indexes, in the order in which they were made."""
    rows = _rows_of(session, "reading the indexes", sql.FIND_INDEXES, [table])
    return tuple((row[0], row[1]) for row in rows)


def view_texts(session: Session, names: Collection[RelationName]) -> dict[RelationName, str]:
    """The text of each view among `names`."""
    found = {
        folded_name(RelationName(*row[:3])): row[4]
        for row in _rows_of(session, "reading the views", sql.FIND_POINTERS, names)
        if row[4] is not None
    }
    return {name: found[folded_name(name)] for name in names if folded_name(name) in found}


def table_text(session: Session, table: RelationName) -> str | None:
    """The table's definition as DuckDB writes it, None where there is no such table."""
    rows = _rows_of(session, "reading the table's definition", sql.FIND_TABLE_TEXT, [table])
    return rows[0][0] if rows else None


def parents(
    session: Session, tables: Collection[RelationName]
) -> dict[RelationName, set[RelationName]]:
    """For each of `tables` with foreign keys (folded): the folded names that these lead to."""
    found: defaultdict[RelationName, set[RelationName]] = defaultdict(set)
    rows = _rows_of(session, "reading the foreign keys", sql.FIND_PARENTS, tables)
    for database, schema, name, parent in rows:
        child = folded_name(RelationName(database, schema, name))
        found[child].add(folded_name(RelationName(database, schema, parent)))
    return dict(found)


def referred(
    session: Session, tables: Collection[RelationName]
) -> dict[RelationName, set[RelationName]]:
    """Those of `tables` that foreign keys of other tables lead to, with these."""
    found: defaultdict[RelationName, set[RelationName]] = defaultdict(set)
    rows = _rows_of(session, "reading the foreign keys", sql.FIND_CHILDREN, tables)
    for database, schema, name, child in rows:
        parent = folded_name(RelationName(database, schema, name))
        found[parent].add(RelationName(database, schema, child))
    return {name: found[folded_name(name)] for name in tables if folded_name(name) in found}


def reads(
    session: Session, views: Collection[RelationName]
) -> dict[RelationName, set[RelationName]]:
    """For each view among `views`: the relations that exist and that its text names."""
    named = {
        view: names_in(text, view.database) for view, text in view_texts(session, views).items()
    }
    there = relations(session, {name for names in named.values() for name in names})
    # A view's own name stands in its text, too.
    return {
        view: {there[name].name for name in names if name in there and name != folded_name(view)}
        for view, names in named.items()
    }


def is_empty(session: Session, database: str, schema: str) -> bool:
    """Whether the schema exists and holds nothing of any kind."""
    values = [folded(database), folded(schema)]
    row = session.row("reading the schema", sql.IS_EMPTY_SCHEMA, values)
    return bool(row and row[0])


def _state(name: RelationName, row: tuple[Any, ...] | None) -> PointerState:
    if row is None:
        return PointerState(name, None)
    database, _, _, kind, text = row
    target = pointer_target(text, database) if kind == RelationKind.VIEW.value else None
    if target is not None and folded(target.database) == folded(name.database):
        # Projects may spell their database otherwise (`+database: SHOP`) than the catalogue does.
        target = replace(target, database=name.database)
    return PointerState(name, target, None if target else RelationKind(kind))


def _rows_of(
    session: Session, doing: str, statement: str, names: Collection[RelationName]
) -> list[tuple[Any, ...]]:
    """The rows that `statement` has for `names`."""
    if not names:
        return []
    asked = {folded_name(name) for name in names}
    parts = [(name.database, name.schema, name.name) for name in asked]
    return session.rows(doing, statement, [json.dumps(parts)])
