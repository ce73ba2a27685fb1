"""Copies and drops relations in DuckDB."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from graphlib import TopologicalSorter

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse import duckdb_catalogue, duckdb_sql
from dbt_rewind.warehouse.duckdb_describe import set_comments
from dbt_rewind.warehouse.duckdb_session import Session
from dbt_rewind.warehouse.duckdb_sql import folded, folded_name
from dbt_rewind.warehouse.table_text import read_index, read_table

OWN_SCHEMAS = "rewind_"
"""What the names of the schemas begin with that are made, and therefore dropped, by releases."""


def clone(session: Session, source: RelationName, target: RelationName) -> None:
    """Copies a table with columns, defaults, constraints, indexes, comments and rows in their
    order; foreign keys stay behind (see `read_table`)."""
    doing = f"copying {source} to {target}"
    if folded_name(source) == folded_name(target):
        raise WarehouseFailed(doing, "a table cannot replace itself")
    with session.transaction(doing):
        session.run(doing, duckdb_sql.create_schema(target.database, target.schema))
        drop_all(session, [target])
        copy_table(session, source, target)


def copy_table(session: Session, source: RelationName, target: RelationName) -> None:
    """Copies a table to a name that is free, in a schema that is there, within the caller's
    transaction. Raises WarehouseFailed where `source` is no table."""
    doing = f"copying {source} to {target}"
    text = duckdb_catalogue.table_text(session, source)
    if text is None:
        raise WarehouseFailed(doing, f"{source} is not a table")
    try:
        definition = read_table(text)
        indexes = [read_index(text) for _, text in duckdb_catalogue.named_indexes(session, source)]
    except ValueError as error:
        raise WarehouseFailed(doing, str(error)) from error
    session.run(doing, duckdb_sql.create_table(target, definition))
    # DuckDB makes no index on a table that has uncommitted rows, so that rows come last.
    for number, index in enumerate(indexes):
        name = _index_name(target, number)
        session.run(doing, duckdb_sql.create_index(name, target, index))
    session.run(doing, duckdb_sql.copy_rows(source, target, definition.stored))
    comments = duckdb_catalogue.comments(session, [source]).get(folded_name(source))
    set_comments(session, target, RelationKind.TABLE, comments)


def drop(session: Session, relations: Sequence[RelationName]) -> None:
    """Drops what exists of `relations` and the schemas of ours that became empty, all or none."""
    with session.transaction("dropping relations"):
        drop_all(session, relations)
        for database, schema in sorted({(each.database, each.schema) for each in relations}):
            is_own = folded(schema).startswith(OWN_SCHEMAS)
            if is_own and duckdb_catalogue.is_empty(session, database, schema):
                session.run("dropping a schema", duckdb_sql.drop_schema(database, schema))


def drop_all(session: Session, relations: Sequence[RelationName]) -> None:
    """Drops what exists of `relations`, within the caller's transaction."""
    by_folded_name = {folded_name(relation): relation for relation in relations}
    kinds = duckdb_catalogue.kinds(session, list(by_folded_name))
    for relation in _children_first(session, kinds.keys()):
        statement = duckdb_sql.drop_relation(by_folded_name[relation], kinds[relation])
        session.run(f"dropping {by_folded_name[relation]}", statement)


def _children_first(
    session: Session, relations: Collection[RelationName]
) -> tuple[RelationName, ...]:
    """The relations in an order in which no foreign key leads to a dropped table."""
    parents = duckdb_catalogue.parents(session, relations)
    # A table that refers to itself can be dropped at any time; DuckDB admits no other circle.
    order = TopologicalSorter({name: parents.get(name, set()) - {name} for name in relations})
    parents_first = tuple(order.static_order())
    return tuple(name for name in reversed(parents_first) if name in relations)


def _index_name(target: RelationName, number: int) -> str:
    """A name that no other table's index has: index names are unique in a schema."""
    digest = hashlib.sha256(f"{target.name}\n{number}".encode()).hexdigest()
    return f"rewind_{digest[:16]}"
