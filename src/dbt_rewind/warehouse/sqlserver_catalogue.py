"""What SQL Server's catalogue says: pointers, relations, what depends on what. The number of
queries does not grow with the number of names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from dbt_rewind.model import Column, PointerState, RelationInfo, RelationKind, RelationName
from dbt_rewind.warehouse import sqlserver_catalogue_sql as sql
from dbt_rewind.warehouse.sqlserver_names import asked
from dbt_rewind.warehouse.sqlserver_session import Session
from dbt_rewind.warehouse.sqlserver_types import type_text
from dbt_rewind.warehouse.sqlserver_view_text import pointer_target

_KINDS = {"U": RelationKind.TABLE, "V": RelationKind.VIEW}

Named = dict[RelationName, set[RelationName]]


@dataclass(frozen=True, slots=True)
class Found:
    """An object under a name: `name` in the catalogue's spelling, `type` as the catalogue calls it,
    `text` where it has one that may be seen."""

    name: RelationName
    type: str
    text: str | None
    owner: str

    @property
    def kind(self) -> RelationKind | None:
        """None for what is neither table nor view."""
        return _KINDS.get(self.type)


def objects(session: Session, names: Collection[RelationName]) -> dict[RelationName, Found]:
    """What stands under each of `names`; procedures, functions, synonyms and constraints have names
    of the same kind."""
    doing = "reading the catalogue"
    return {
        name: Found(RelationName(name.database, schema, own), kind, text, owner)
        for name, schema, own, kind, text, owner in asked(session, doing, sql.FIND_OBJECTS, names)
    }


def schema_owners(
    session: Session, names: Collection[RelationName]
) -> dict[RelationName, tuple[str, str]]:
    """For each of `names` whose schema exists: the schema's spelling, and its owner."""
    rows = asked(session, "reading the schemas", sql.FIND_SCHEMAS, names)
    return {name: (schema, owner) for name, schema, owner in rows}


def pointers(
    session: Session, names: Collection[RelationName]
) -> Mapping[RelationName, PointerState]:
    """What stands under each of `names`, found under any spelling that the server takes for it."""
    found = objects(session, names)
    return {name: _state(name, found.get(name)) for name in names}


def kinds(session: Session, names: Collection[RelationName]) -> dict[RelationName, RelationKind]:
    """The kind of each of `names` that is a table or view."""
    return {
        name: found.kind
        for name, found in objects(session, names).items()
        if found.kind is not None
    }


def relations(
    session: Session, names: Collection[RelationName]
) -> Mapping[RelationName, RelationInfo]:
    """The tables and views among `names`, each under the name asked for and with the catalogue's
    spelling in its `name`."""
    columns: defaultdict[RelationName, list[Column]] = defaultdict(list)
    rows = asked(session, "reading the catalogue", sql.FIND_COLUMNS, names)
    for name, column, *type_parts in rows:
        columns[name].append(Column(column, type_text(*type_parts)))
    return {
        name: RelationInfo(found.name, found.kind, tuple(columns[name]))
        for name, found in objects(session, names).items()
        if found.kind is not None
    }


def reads(session: Session, views: Collection[RelationName]) -> Named:
    """For each view among `views`: the relations that exist and that its text names."""
    there = kinds(session, views)
    found: Named = {name: set() for name, kind in there.items() if kind is RelationKind.VIEW}
    for name, read in _named(session, "reading what views read", sql.FIND_READS, views).items():
        found[name] = read
    return found


def public_grants(
    session: Session, names: Collection[RelationName]
) -> dict[RelationName, set[str]]:
    """What everybody may do with those of `names` that there are such permissions on, or on whose
    schema."""
    found: defaultdict[RelationName, set[str]] = defaultdict(set)
    rows = asked(session, "reading the permissions", sql.FIND_PUBLIC, names)
    for name, permission, column, on_schema in rows:
        place = f" on schema {name.schema}" if on_schema else ""
        found[name].add(f"{permission} ({column})" if column else f"{permission}{place}")
    return dict(found)


def referred(session: Session, tables: Collection[RelationName]) -> Named:
    """Those of `tables` that foreign keys of other tables lead to, with these."""
    return _named(session, "reading the foreign keys", sql.FIND_CHILDREN, tables)


def parents(session: Session, tables: Collection[RelationName]) -> Named:
    """For each of `tables` with foreign keys: the tables that these lead to."""
    return _named(session, "reading the foreign keys", sql.FIND_PARENTS, tables)


def bound(session: Session, names: Collection[RelationName]) -> Named:
    """Those of `names` that something made WITH SCHEMABINDING holds, with that."""
    return _named(session, "reading what is bound", sql.FIND_BOUND, names)


def sizes(session: Session, tables: Collection[RelationName]) -> dict[RelationName, int]:
    """The bytes of each of `tables` that exists."""
    rows = asked(session, "reading sizes", sql.FIND_SIZES, tables)
    return {name: int(size) for name, size in rows}


def is_empty(session: Session, schema: str) -> bool:
    """Whether the schema exists and holds nothing of any kind."""
    return session.row("reading the schema", sql.IS_EMPTY_SCHEMA, name=schema) is not None


def is_own_schema(session: Session, schema: str) -> bool:
    """Whether the schema's name begins with `rewind_`, as the server compares names."""
    return session.row("reading the schema", sql.IS_OWN_SCHEMA, name=schema) is not None


def is_own_database(session: Session, database: str) -> bool:
    """Whether this is the connection's database, in any spelling that the server takes for it."""
    if database == session.database:
        return True
    return session.row("comparing databases", sql.IS_OWN_DATABASE, name=database) is not None


def _named(session: Session, doing: str, statement: str, names: Collection[RelationName]) -> Named:
    found: defaultdict[RelationName, set[RelationName]] = defaultdict(set)
    for name, schema, other in asked(session, doing, statement, names):
        found[name].add(RelationName(name.database, schema, other))
    return dict(found)


def _state(name: RelationName, found: Found | None) -> PointerState:
    if found is None:
        return PointerState(name, None)
    target = pointer_target(found.text, name.database) if found.type == "V" and found.text else None
    if target is not None:
        return PointerState(name, replace(target, database=name.database))
    # What is neither table nor view has the name all the same.
    return PointerState(name, None, found.kind or RelationKind.VIEW)
