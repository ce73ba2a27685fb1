"""What the catalogue behind the door says: pointers, relations, comments, sizes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import Column, PointerState, RelationInfo, RelationKind, RelationName
from dbt_rewind.warehouse import dbt_adapter_show
from dbt_rewind.warehouse.dbt_adapter_session import Session, is_missing
from dbt_rewind.warehouse.dbt_adapter_sql import (
    folded,
    folded_name,
    literal,
    qualified_schema,
    quoted,
)
from dbt_rewind.warehouse.dbt_adapter_views import Leads, leads, names_in

_READING = "reading the catalogue"


@dataclass(slots=True)
class Comments:
    """The comments of one relation: its own, and those of its columns by name."""

    own: str | None = None
    columns: dict[str, str] = field(default_factory=dict)


def kinds(session: Session, names: Collection[RelationName]) -> dict[RelationName, RelationKind]:
    """The kind of each of `names` that exists."""
    return {name: kind for name, (_, kind) in _found(session, names).items()}


def relations(
    session: Session, names: Collection[RelationName]
) -> Mapping[RelationName, RelationInfo]:
    """The tables and views among `names`, each under the name asked for and with the catalogue's
    spelling in its `name`."""
    found = _found(session, names)
    columns = _columns(session, found.keys())
    return {
        name: RelationInfo(spelling, kind, tuple(columns.get(_folded(session, name), ())))
        for name, (spelling, kind) in found.items()
    }


def pointers(
    session: Session, names: Collection[RelationName]
) -> Mapping[RelationName, PointerState]:
    """What stands under each of `names`."""
    found = _found(session, names)
    views = [name for name, (_, kind) in found.items() if kind is RelationKind.VIEW]
    texts = view_texts(session, views)
    led = {
        name: each
        for name, text in texts.items()
        if (each := leads(session.dialect, text, name.database)) is not None
    }
    shown = _showing_all(session, led)
    return {
        name: PointerState(
            name,
            _in_words_of(session, name, led[name].target) if name in shown else None,
            found[name][1] if name in found and name not in shown else None,
        )
        for name in names
    }


def _showing_all(session: Session, led: Mapping[RelationName, Leads]) -> set[RelationName]:
    """Those whose view shows all columns of its target. A catalogue that writes the star out keeps
    a view's columns when its target gets more of them."""
    listed = {name: each for name, each in led.items() if each.columns is not None}
    asked = {*listed, *(each.target for each in listed.values())}
    there = relations(session, asked) if listed else {}
    shown = {name for name, each in led.items() if each.columns is None}
    for name, each in listed.items():
        view, target = there.get(name), there.get(each.target)
        names = [column.name for column in view.columns] if view else []
        if names == list(each.columns or ()) and (target is None or target.columns == view.columns):  # type: ignore[union-attr]
            shown.add(name)
    return shown


def _in_words_of(session: Session, name: RelationName, target: RelationName) -> RelationName:
    # Projects may spell their database otherwise than the catalogue does.
    dialect = session.dialect
    if folded(dialect, target.database) == folded(dialect, name.database):
        return replace(target, database=name.database)
    return target


def comments(session: Session, names: Collection[RelationName]) -> dict[RelationName, Comments]:
    """The comments of those among `names` that have any, by folded name."""
    found: defaultdict[RelationName, Comments] = defaultdict(Comments)
    for name, column, comment in _comment_rows(session, names):
        of_relation = found[_folded(session, name)]
        if column is None:
            of_relation.own = comment
        else:
            of_relation.columns[column] = comment
    asked = {_folded(session, name) for name in names}
    return {name: each for name, each in found.items() if name in asked}


def view_texts(session: Session, names: Collection[RelationName]) -> dict[RelationName, str]:
    """The text of each view among `names`."""
    catalogue = session.dialect.catalogue
    if catalogue is None:
        there = kinds(session, names)
        views = [name for name, kind in there.items() if kind is RelationKind.VIEW]
        return dbt_adapter_show.view_texts(session, views)
    found = {
        _folded(session, RelationName(database, schema, name)): text
        for database, (schema, name, text, *_) in _rows(session, catalogue.views, names)
        if text is not None
    }
    return {
        name: found[_folded(session, name)] for name in names if _folded(session, name) in found
    }


def reads(
    session: Session, views: Collection[RelationName]
) -> dict[RelationName, set[RelationName]]:
    """For each view among `views`: the relations that exist and that its text names."""
    named = {
        view: names_in(session.dialect, text, view.database)
        for view, text in view_texts(session, views).items()
    }
    there = relations(session, {name for names in named.values() for name in names})
    return {
        view: {there[name].name for name in names if name in there} for view, names in named.items()
    }


def sizes(session: Session, tables: Collection[RelationName]) -> dict[RelationName, int]:
    """The bytes of each table, 0 where the warehouse does not tell."""
    catalogue = session.dialect.catalogue
    if catalogue is None or catalogue.sizes is None:
        return {}
    found = {
        _folded(session, RelationName(database, schema, name)): int(size or 0)
        for database, (schema, name, size, *_) in _rows(session, catalogue.sizes, tables)
    }
    return {name: found.get(_folded(session, name), 0) for name in tables}


def referred(
    session: Session, tables: Collection[RelationName]
) -> dict[RelationName, set[RelationName]]:
    """Those of `tables` that enforced foreign keys of other tables lead to, with these."""
    catalogue = session.dialect.catalogue
    if catalogue is None or catalogue.referred is None:
        return {}
    found: defaultdict[RelationName, set[RelationName]] = defaultdict(set)
    for database, (schema, name, other_schema, other) in _rows(session, catalogue.referred, tables):
        parent = _folded(session, RelationName(database, schema, name))
        found[parent].add(RelationName(database, other_schema, other))
    return {
        name: found[_folded(session, name)] for name in tables if _folded(session, name) in found
    }


def is_empty(session: Session, database: str, schema: str) -> bool:
    """Whether the schema has no table and no view."""
    return not _all_in(session, {(database, schema)})


def _folded(session: Session, name: RelationName) -> RelationName:
    return folded_name(session.dialect, name)


def _found(
    session: Session, names: Collection[RelationName]
) -> dict[RelationName, tuple[RelationName, RelationKind]]:
    """Spelling and kind of each of `names` that exists."""
    there = {
        _folded(session, name): (name, kind)
        for name, kind in _all_in(session, {(name.database, name.schema) for name in names})
    }
    return {
        name: there[_folded(session, name)] for name in names if _folded(session, name) in there
    }


def _all_in(
    session: Session, schemas: Collection[tuple[str, str]]
) -> list[tuple[RelationName, RelationKind]]:
    """Every table and view of these schemas."""
    catalogue = session.dialect.catalogue
    if catalogue is None:
        return dbt_adapter_show.relations_in(session, schemas)
    names = [RelationName(database, schema, "") for database, schema in schemas]
    return [
        (
            RelationName(database, schema, name),
            _kind(kind),
        )
        for database, (schema, name, kind, *_) in _rows(session, catalogue.relations, names)
    ]


def _kind(words: str) -> RelationKind:
    if "MATERIALIZED" in words.upper():
        return RelationKind.MATERIALIZED_VIEW
    return RelationKind.VIEW if "VIEW" in words.upper() else RelationKind.TABLE


def _columns(
    session: Session, names: Collection[RelationName]
) -> Mapping[RelationName, list[Column]]:
    """The columns by folded name."""
    catalogue = session.dialect.catalogue
    if catalogue is None:
        return {_folded(session, name): dbt_adapter_show.columns(session, name) for name in names}
    found: defaultdict[RelationName, list[Column]] = defaultdict(list)
    for database, (schema, name, column, kind, *_) in _rows(session, catalogue.columns, names):
        found[_folded(session, RelationName(database, schema, name))].append(Column(column, kind))
    return found


def _comment_rows(
    session: Session, names: Collection[RelationName]
) -> list[tuple[RelationName, str | None, str]]:
    catalogue = session.dialect.catalogue
    if catalogue is None:
        return dbt_adapter_show.comments(session, names)
    if catalogue.comments is None:
        return []
    return [
        (RelationName(database, schema, name), column, comment)
        for database, (schema, name, column, comment, *_) in _rows(
            session, catalogue.comments, names
        )
        if comment
    ]


def _rows(
    session: Session, text: str, names: Collection[RelationName]
) -> list[tuple[str, tuple[Any, ...]]]:
    """The database and the catalogue's row, for every relation in the schemas of `names`."""
    dialect = session.dialect
    schemas: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        schemas[name.database].add(name.schema)
    found: list[tuple[str, tuple[Any, ...]]] = []
    for database, asked in schemas.items():
        for part in [[each] for each in asked] if "{schema}" in text else [sorted(asked)]:
            statement = text.format(
                database=quoted(dialect, database),
                database_text=literal(dialect, folded(dialect, database)),
                schema=qualified_schema(dialect, database, part[0]),
                schemas=", ".join(literal(dialect, folded(dialect, each)) for each in part),
            )
            try:
                rows = session.rows(_READING, statement)
            except WarehouseFailed as failed:
                if not is_missing(dialect, failed):
                    raise
                continue  # there is no such schema, or no such database
            found += [(database, row) for row in rows]
    return found
