"""Drops relations in SQL Server, and the schemas of ours that became empty."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from graphlib import CycleError, TopologicalSorter

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import Patience, RelationName
from dbt_rewind.warehouse import sqlserver_catalogue, sqlserver_sql
from dbt_rewind.warehouse.sqlserver_attempts import LockBudget, OutOfPatience, persistently
from dbt_rewind.warehouse.sqlserver_blockers import holders
from dbt_rewind.warehouse.sqlserver_names import identity
from dbt_rewind.warehouse.sqlserver_session import Session

_DOING = "dropping relations"


def drop(session: Session, patience: Patience, relations: Sequence[RelationName]) -> None:
    """Drops what exists of `relations`, all or none. Raises WarehouseFailed where something is
    built on them, or others use them for as long as there is patience."""
    if not relations:
        return
    try:
        persistently(
            lambda: _attempt(session, patience, relations),
            patience,
            lambda: holders(session, relations),
        )
    except OutOfPatience as out:
        users = "; ".join(out.users)
        raise WarehouseFailed(_DOING, f"others use them: {users}") from out.__cause__
    except WarehouseFailed as failed:
        held = sqlserver_catalogue.bound(session, relations)
        for name, others in sorted(held.items()):
            named = ", ".join(map(str, sorted(others)))
            problem = f"{named} is made on it WITH SCHEMABINDING"
            raise WarehouseFailed(f"dropping {name}", problem) from failed
        raise


def in_order(session: Session, names: Collection[RelationName]) -> tuple[RelationName, ...]:
    """The relations in an order in which nothing that is bound to another, and no foreign key, is
    in the way of its drop."""
    leading = [
        sqlserver_catalogue.parents(session, names),
        sqlserver_catalogue.reads(session, names),
    ]
    read = {each for found in leading for others in found.values() for each in others}
    fold = identity(session, [*names, *read])
    by_identity = {fold(name): name for name in sorted(names)}
    order = TopologicalSorter({name: set[RelationName]() for name in by_identity})
    for found in leading:
        for name, others in found.items():
            for other in sorted(map(fold, others)):
                if other in by_identity and other != fold(name):
                    order.add(fold(name), other)
    try:
        read_first = tuple(order.static_order())
    except CycleError:
        # Foreign keys in a circle: whichever goes first, the server says which one stops it.
        read_first = tuple(by_identity)
    return tuple(by_identity[name] for name in reversed(read_first))


def _attempt(session: Session, patience: Patience, relations: Sequence[RelationName]) -> None:
    budget = LockBudget(patience.lock_timeout)
    with session.transaction(_DOING):
        kinds = sqlserver_catalogue.kinds(session, relations)
        statements = [
            sqlserver_sql.drop_relation(name, kinds[name])
            for name in in_order(session, kinds.keys())
        ]
        session.run_all(_DOING, statements, budget.left())
        for schema, _ in sorted(
            set(sqlserver_catalogue.schema_owners(session, relations).values())
        ):
            is_own = sqlserver_catalogue.is_own_schema(session, schema)
            if is_own and sqlserver_catalogue.is_empty(session, schema):
                session.run("dropping a schema", sqlserver_sql.drop_schema(schema))
