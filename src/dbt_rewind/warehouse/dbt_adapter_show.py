"""The catalogue of a warehouse that has no information schema, but SHOW and DESCRIBE, as Spark."""

from __future__ import annotations

import re
from collections.abc import Collection

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import Column, RelationKind, RelationName
from dbt_rewind.warehouse.dbt_adapter_session import Session, is_missing
from dbt_rewind.warehouse.dbt_adapter_sql import folded, qualified, qualified_schema

_FORMAT = re.compile(r"^(USING \w+)$", re.MULTILINE)
_PARTITIONS = re.compile(r"^(PARTITIONED BY \(.*\))$", re.MULTILINE)
_READING = "reading the catalogue"


def relations_in(
    session: Session, schemas: Collection[tuple[str, str]]
) -> list[tuple[RelationName, RelationKind]]:
    """Every table and view of these schemas."""
    found: list[tuple[RelationName, RelationKind]] = []
    for database, schema in schemas:
        views = _listed(session, "VIEWS", database, schema)
        # Some catalogues list views as tables, too.
        tables = _listed(session, "TABLES", database, schema) - views
        for kind, names in ((RelationKind.VIEW, views), (RelationKind.TABLE, tables)):
            found += [
                (RelationName(database, folded(session.dialect, schema), name), kind)
                for name in sorted(names)
            ]
    return found


def columns(session: Session, name: RelationName) -> list[Column]:
    """The relation's columns in order."""
    return [Column(column, kind) for column, kind, _ in _described(session, name)]


def comments(
    session: Session, names: Collection[RelationName]
) -> list[tuple[RelationName, str | None, str]]:
    """Relation, column or None, comment."""
    found: list[tuple[RelationName, str | None, str]] = []
    for name in names:
        described = _describe(session, name)
        for column, _, comment in _columns_of(described):
            if comment:
                found.append((name, column, comment))
        own = next((value for key, value, _ in described if key == "Comment"), None)
        if own:
            found.append((name, None, own))
    return found


def view_texts(session: Session, names: Collection[RelationName]) -> dict[RelationName, str]:
    """The statement that would make each of these views."""
    found = {}
    for name in names:
        statement = f"SHOW CREATE TABLE {qualified(session.dialect, name)}"
        row = session.row("reading the views", statement)
        if row is not None:
            found[name] = str(row[0])
    return found


def table_options(session: Session, name: RelationName) -> str:
    """The format and the partitions of a table, as CREATE TABLE takes them."""
    statement = f"SHOW CREATE TABLE {qualified(session.dialect, name)}"
    row = session.row("reading the table's definition", statement)
    found = [_FORMAT.search(row[0]), _PARTITIONS.search(row[0])] if row else []
    return "".join(f" {match[1]}" for match in found if match)


def _listed(session: Session, what: str, database: str, schema: str) -> set[str]:
    statement = f"SHOW {what} IN {qualified_schema(session.dialect, database, schema)}"
    try:
        rows = session.rows(_READING, statement)
    except WarehouseFailed as failed:
        if is_missing(session.dialect, failed):
            return set()
        raise
    return {name for _, name, is_temporary in rows if not is_temporary}


def _described(session: Session, name: RelationName) -> list[tuple[str, str, str | None]]:
    return _columns_of(_describe(session, name))


def _describe(session: Session, name: RelationName) -> list[tuple[str, str, str | None]]:
    """Columns first, then a section behind each line that begins with `#`."""
    statement = f"DESCRIBE TABLE EXTENDED {qualified(session.dialect, name)}"
    return [(row[0], row[1], row[2]) for row in session.rows(_READING, statement)]


def _columns_of(
    described: list[tuple[str, str, str | None]],
) -> list[tuple[str, str, str | None]]:
    end = next(
        (at for at, (key, _, _) in enumerate(described) if not key or key.startswith("# ")),
        len(described),
    )
    return described[:end]
