"""Makes schemas in SQL Server, and sees to it that readers may read through pointers."""

from __future__ import annotations

from collections.abc import Sequence

from dbt_rewind.model import PointerMove, RelationName
from dbt_rewind.warehouse import sqlserver_catalogue, sqlserver_sql
from dbt_rewind.warehouse.sqlserver_names import identity
from dbt_rewind.warehouse.sqlserver_session import Session


def make_schemas(session: Session, names: Sequence[RelationName]) -> None:
    """Makes the schemas of these names where they are missing."""
    wanted = sorted({RelationName(name.database, name.schema, "_") for name in names})
    there = sqlserver_catalogue.schema_owners(session, wanted)
    missing = [name for name in wanted if name not in there]
    same = identity(session, missing)
    for name in {same(each): each for each in missing}.values():
        session.run(f"making the schema {name.schema}", sqlserver_sql.create_schema(name.schema))


def give_to_pointers_owners(session: Session, moves: Sequence[PointerMove]) -> None:
    """Gives the schemas of new relations to whom the pointers onto them belong.

    The server asks for no permission on what a view reads as long as both belong to one owner, and
    dbt makes a schema for whoever it connects as. Raises PermissionMissing.
    """
    led = [move for move in moves if move.after]
    targets = [move.after for move in led if move.after]
    found = sqlserver_catalogue.objects(session, [*(move.pointer for move in led), *targets])
    schemas = sqlserver_catalogue.schema_owners(session, [move.pointer for move in led])
    given: set[str] = set()
    for move in led:
        target = found.get(move.after) if move.after else None
        if target is None:
            continue
        pointer = found.get(move.pointer)
        owner = pointer.owner if pointer else schemas.get(move.pointer, (None, None))[1]
        schema = target.name.schema
        if owner is None or owner == target.owner or schema in given:
            continue
        if sqlserver_catalogue.is_own_schema(session, schema):
            doing = f"giving the schema {schema} to {owner}, to whom {move.pointer} belongs"
            session.run(doing, sqlserver_sql.own_schema(schema, owner))
            given.add(schema)
