# ruff: noqa: S608 - names are quoted, and there are no values of others
"""SQL text that `rewind doctor` asks SQL Server, and what it tries out there."""

from __future__ import annotations

from typing import Final

from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse import sqlserver_describe_sql as described
from dbt_rewind.warehouse import sqlserver_sql as sql
from dbt_rewind.warehouse.sqlserver_table import ColumnDefinition, TableDefinition, before_rows
from dbt_rewind.warehouse.trying import Try

FIND_STATE: Final = """SELECT
    USER_NAME(), SUSER_SNAME(),
    CONVERT(nvarchar(60), DATABASEPROPERTYEX(DB_NAME(), N'Updateability')),
    d.is_read_committed_snapshot_on, d.snapshot_isolation_state_desc,
    CONVERT(nvarchar(30), SYSUTCDATETIME(), 126),
    HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), N'DATABASE', N'VIEW DATABASE STATE')
FROM sys.databases AS d
WHERE d.database_id = DB_ID();"""
"""Who we are and who logged in, whether the database can be written, how readers are kept apart
from writers, the server's time, and whether we may see who is in the way."""


def tries(database: str, scratch: str, *, replaces_views: bool) -> tuple[Try, ...]:
    """Everything that operations do, to be done in schemas whose names begin with `scratch`."""
    built, public = f"{scratch}_built", f"{scratch}_public"
    table = RelationName(database, built, "sample")
    named = RelationName(database, built, "renamed")
    view = RelationName(database, public, "sample")
    kind = RelationKind.VIEW
    definition = TableDefinition((ColumnDefinition("id", "int"),))
    again = (
        [sql.replace_pointer(view, named)]
        if replaces_views
        else [sql.drop_relation(view, kind), sql.create_pointer(view, named)]
    )
    return (
        ("make schemas", [sql.create_schema(built), sql.create_schema(public)]),
        ("make a table", [*before_rows(table, definition)]),
        ("write to it", [f"INSERT INTO {sql.qualified(table)} ([id]) VALUES (1);"]),
        ("rename it", [sql.rename(table, named.name)]),
        ("lead a view to it", [sql.create_pointer(view, named), *again]),
        ("describe it", [described.set_property(view, kind, None, described.COMMENT, "a try")]),
        ("grant", [described.permit(view, "G", "SELECT", "public", None)]),
        ("refresh a view", [sql.refresh(view)]),
        (
            "drop",
            [
                sql.drop_relation(view, kind),
                sql.drop_relation(named, RelationKind.TABLE),
                sql.drop_schema(public),
                sql.drop_schema(built),
            ],
        ),
    )
