"""What is said and allowed of relations in SQL Server: extended properties and permissions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse import sqlserver_catalogue_sql as catalogue_sql
from dbt_rewind.warehouse import sqlserver_describe_sql as sql
from dbt_rewind.warehouse.sqlserver_describe_sql import COMMENT
from dbt_rewind.warehouse.sqlserver_names import asked
from dbt_rewind.warehouse.sqlserver_session import Session

Property = tuple[str | None, str]
"""Column (None: the relation itself) and name."""


@dataclass(frozen=True, order=True, slots=True)
class Permission:
    """What somebody may do, or may not: `state` is G, W (and may give it on), D (denied) or R
    (taken from a column), `column` empty for the whole relation."""

    grantee: str
    name: str
    column: str
    state: str


@dataclass(slots=True)
class Description:
    """All that is said and allowed of one relation."""

    properties: dict[Property, str] = field(default_factory=dict)
    permissions: set[Permission] = field(default_factory=set)


def descriptions(
    session: Session, names: Collection[RelationName]
) -> Mapping[RelationName, Description]:
    """The description of each of `names`, an empty one where there is nothing."""
    found: defaultdict[RelationName, Description] = defaultdict(Description)
    doing = "reading what relations are described by"
    for name, column, key, value in asked(session, doing, catalogue_sql.FIND_PROPERTIES, names):
        found[name].properties[column, key] = value or ""
    rows = asked(session, "reading the permissions", catalogue_sql.FIND_PERMISSIONS, names)
    for name, column, permission, grantee, state in rows:
        found[name].permissions.add(Permission(grantee, permission, column or "", state.strip()))
    return {name: found[name] for name in names}


def pointer_description(
    before: Description, target: Description, columns: Collection[str]
) -> Description:
    """What a pointer should be described by: its own properties and permissions, as far as its new
    columns allow, and the comments of the relation that it leads to."""
    properties = {
        (column, key): value
        for (column, key), value in before.properties.items()
        if key != COMMENT and (column is None or column in columns)
    }
    properties |= {
        (column, key): value for (column, key), value in target.properties.items() if key == COMMENT
    }
    permissions = {each for each in before.permissions if not each.column or each.column in columns}
    return Description(properties, permissions)


def changes(
    relation: RelationName, kind: RelationKind, is_now: Description, wanted: Description
) -> Iterator[str]:
    """The statements that make of what the relation is described by what is wanted."""
    for (column, key), value in wanted.properties.items():
        there = is_now.properties.get((column, key))
        if there is None:
            yield sql.set_property(relation, kind, column, key, value)
        elif there != value:
            yield sql.change_property(relation, kind, column, key, value)
    for column, key in is_now.properties.keys() - wanted.properties.keys():
        yield sql.drop_property(relation, kind, column, key)
    # What is said of a column comes behind what is said of the whole, which would undo it.
    for each in sorted(wanted.permissions - is_now.permissions, key=_whole_first):
        yield sql.permit(relation, each.state, each.name, each.grantee, each.column or None)


def _whole_first(each: Permission) -> tuple[bool, Permission]:
    return bool(each.column), each
