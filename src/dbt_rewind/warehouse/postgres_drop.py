"""Drops relations in PostgreSQL, never what depends on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from graphlib import TopologicalSorter
from itertools import groupby

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse import postgres_catalogue
from dbt_rewind.warehouse.postgres_errors import dependents_told
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_sql import PLAIN_PATH, drop_relations, drop_schema

OWN_SCHEMAS = "rewind_"
"""What the names of the schemas begin with that are made, and therefore dropped, by releases."""

_AT_ONCE = 100


def drop(session: Session, relations: Sequence[RelationName]) -> None:
    """Drops what exists of `relations` and the schemas of ours that became empty, all or none.

    Raises WarehouseFailed where something else needs one of them.
    """
    doing = "dropping relations"
    with session.transaction(doing):
        session.run(doing, PLAIN_PATH)  # so that what needs them is told with its schema
        drop_all(session, relations)
        schemas = {name.schema for name in relations if name.database == session.database}
        for schema in sorted(schemas):
            if schema.startswith(OWN_SCHEMAS) and postgres_catalogue.is_empty(session, schema):
                session.run("dropping a schema", drop_schema(schema))


def drop_all(session: Session, relations: Collection[RelationName]) -> None:
    """Drops what exists of `relations`, within the caller's transaction."""
    kinds = postgres_catalogue.kinds(session, relations)
    if not kinds:
        return
    needed = postgres_catalogue.needed(session, kinds)
    order = TopologicalSorter({name: needed.get(name, set()) for name in kinds})
    last_first = tuple(reversed(tuple(order.static_order())))
    for kind, names in groupby(last_first, key=kinds.__getitem__):
        for some in _batches(list(names)):
            doing = f"dropping {some[0]}" + (f" and {len(some) - 1} more" if some[1:] else "")
            _run(session, doing, drop_relations(some, kind))


def _run(session: Session, doing: str, statement: str) -> None:
    try:
        session.run(doing, statement)
    except WarehouseFailed as failed:
        needed_by = dependents_told(failed)
        if needed_by:
            raise WarehouseFailed(doing, needed_by) from failed
        raise


def _batches(names: Sequence[RelationName]) -> Iterator[Sequence[RelationName]]:
    for at in range(0, len(names), _AT_ONCE):
        yield names[at : at + _AT_ONCE]
