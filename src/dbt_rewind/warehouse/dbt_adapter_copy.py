"""Copies and drops relations through the door."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse import dbt_adapter_catalogue as catalogue
from dbt_rewind.warehouse import dbt_adapter_show
from dbt_rewind.warehouse.dbt_adapter_comments import set_comments
from dbt_rewind.warehouse.dbt_adapter_session import Session
from dbt_rewind.warehouse.dbt_adapter_sql import (
    copy_table,
    create_schema,
    drop_relation,
    drop_schema,
    folded,
    folded_name,
)

OWN_SCHEMAS = "rewind_"
"""What the names of the schemas begin with that are made, and therefore dropped, by releases."""


def clone(session: Session, source: RelationName, target: RelationName) -> None:
    """Copies a table, with what the dialect's statement for it carries over."""
    dialect = session.dialect
    doing = f"copying {source} to {target}"
    if folded_name(dialect, source) == folded_name(dialect, target):
        raise WarehouseFailed(doing, "a table cannot replace itself")
    with session.transaction(doing):
        if catalogue.kinds(session, [source]).get(source) is not RelationKind.TABLE:
            raise WarehouseFailed(doing, f"{source} is not a table")
        session.run(doing, create_schema(dialect, target.database, target.schema))
        drop_all(session, [target])
        copy(session, source, target)


def copy(session: Session, source: RelationName, target: RelationName) -> None:
    """Copies a table to a name that is free, in a schema that is there."""
    dialect = session.dialect
    doing = f"copying {source} to {target}"
    columns = [each.name for each in catalogue.relations(session, [source])[source].columns]
    like = dbt_adapter_show.table_options(session, source) if dialect.catalogue is None else ""
    for statement in copy_table(dialect, source, target, columns, like):
        session.run(doing, statement)
    found = catalogue.comments(session, [source, target])
    has = found.get(folded_name(dialect, target))
    wanted = found.get(folded_name(dialect, source), catalogue.Comments())
    set_comments(session, target, RelationKind.TABLE, wanted, has)


def drop(session: Session, relations: Sequence[RelationName]) -> None:
    """Drops what exists of `relations` and the schemas of ours that became empty."""
    doing = "dropping relations"
    session.require_writable(doing)
    with session.transaction(doing):
        drop_all(session, relations)
    for database, schema in sorted({(each.database, each.schema) for each in relations}):
        statement = drop_schema(session.dialect, database, schema)
        is_own = folded(session.dialect, schema).startswith(folded(session.dialect, OWN_SCHEMAS))
        if not is_own or statement is None:
            continue
        if catalogue.is_empty(session, database, schema):
            # It may be gone already, or have something in it that is neither table nor view.
            with suppress(WarehouseFailed):
                session.run("dropping a schema", statement)


def drop_all(session: Session, relations: Sequence[RelationName]) -> None:
    """Drops what exists of `relations`; views first, which may read the tables."""
    kinds = catalogue.kinds(session, relations)
    for kind in reversed(RelationKind):
        for relation in [each for each, found in kinds.items() if found is kind]:
            statement = drop_relation(session.dialect, relation, kind)
            session.run(f"dropping {relation}", statement)
