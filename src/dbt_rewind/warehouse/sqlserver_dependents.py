"""Views and inline functions that other people have built on what a publish moves.

Their columns were fixed when they were made, so that after a pointer's columns have changed they
would show its values under the wrong names, or fail, until they are refreshed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from graphlib import CycleError, TopologicalSorter

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse import sqlserver_catalogue
from dbt_rewind.warehouse import sqlserver_catalogue_sql as sql
from dbt_rewind.warehouse.sqlserver_names import asked
from dbt_rewind.warehouse.sqlserver_session import Session

_DOING = "reading what is built on the pointers"


def dependents(
    session: Session, moved: Collection[RelationName], own: Collection[RelationName]
) -> tuple[RelationName, ...]:
    """What reads `moved`, or reads what reads it, each after all that it reads itself. `own` are
    the pointers of the publish, which are made anew and so left out; both are in the catalogue's
    spelling."""
    readers: defaultdict[RelationName, set[RelationName]] = defaultdict(set)
    for schema, name, _, read_schema, read_name in session.rows(_DOING, sql.ALL_DEPENDENTS):
        reader = RelationName(session.database, schema, name)
        readers[RelationName(session.database, read_schema, read_name)].add(reader)
    reached: set[RelationName] = set()
    waiting = list(moved)
    while waiting:
        for reader in readers[waiting.pop()] - reached:
            reached.add(reader)
            waiting.append(reader)
    order = TopologicalSorter({reader: set[RelationName]() for reader in sorted(reached)})
    for read in sorted(reached):
        for reader in sorted(readers[read] & reached):
            order.add(reader, read)
    try:
        in_order = tuple(order.static_order())
    except CycleError:
        # Two views can be altered to read each other; neither can be used then.
        in_order = tuple(sorted(reached))
    taken = set(own)
    return tuple(name for name in in_order if name not in taken)


def stale_pointers(session: Session) -> tuple[RelationName, ...]:
    """Pointers that have other columns than what they lead to, because that was written on in
    place."""
    rows = session.rows(_DOING, sql.FIND_STALE)
    names = sorted(RelationName(session.database, schema, name) for schema, name in rows)
    found = sqlserver_catalogue.pointers(session, names)
    return tuple(name for name in names if found[name].target is not None)


def usable(session: Session, names: Collection[RelationName]) -> tuple[RelationName, ...]:
    """Those of `names` that can be used as they are now: of what is broken already nobody can say
    whether the publish breaks it."""
    broken = {row[0] for row in asked(session, _DOING, sql.FIND_BROKEN, names)}
    return tuple(name for name in names if name not in broken)
