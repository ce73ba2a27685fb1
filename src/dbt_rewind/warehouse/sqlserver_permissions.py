# ruff: noqa: S608 - nothing but our own text
"""Whether SQL Server lets us do what is planned, asked before anything is done; and what has to be
granted where it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dbt_rewind.errors import PermissionMissing
from dbt_rewind.model import Needs, RelationName
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA
from dbt_rewind.warehouse.sqlserver_ledger_sql import LEDGER_TABLES
from dbt_rewind.warehouse.sqlserver_names import ASKED, asked
from dbt_rewind.warehouse.sqlserver_session import Session
from dbt_rewind.warehouse.sqlserver_sql import qualified, quoted

FIND_ALLOWED: Final = f"""{ASKED}SELECT
    asked.[position], s.[name], o.[name], USER_NAME(),
    HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), N'DATABASE', N'CREATE SCHEMA'),
    HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), N'DATABASE', N'CREATE TABLE'),
    HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), N'DATABASE', N'CREATE VIEW'),
    HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), N'DATABASE', N'VIEW DEFINITION'),
    HAS_PERMS_BY_NAME(N'sys.sql_expression_dependencies', N'OBJECT', N'SELECT'),
    HAS_PERMS_BY_NAME(QUOTENAME(s.[name]), N'SCHEMA', N'ALTER'),
    HAS_PERMS_BY_NAME(QUOTENAME(s.[name]) + N'.' + QUOTENAME(o.[name]), N'OBJECT', N'ALTER'),
    HAS_PERMS_BY_NAME(QUOTENAME(s.[name]) + N'.' + QUOTENAME(o.[name]), N'OBJECT', N'CONTROL'),
    HAS_PERMS_BY_NAME(QUOTENAME(s.[name]) + N'.' + QUOTENAME(o.[name]), N'OBJECT', N'SELECT')
FROM asked
LEFT JOIN sys.schemas AS s ON s.[name] = asked.[schema]
LEFT JOIN sys.objects AS o ON o.schema_id = s.schema_id AND o.[name] = asked.[name];"""
"""Position, the schema and the object where they are (or may be seen), who we are, and what of it
is allowed."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the connection's user may do with one name."""

    name: RelationName
    schema: str | None
    object: str | None
    user: str
    creates_schemas: bool
    creates_tables: bool
    creates_views: bool
    sees_definitions: bool
    sees_dependencies: bool
    alters_schema: bool
    alters: bool
    controls: bool
    selects: bool


Lack = tuple[str, str]
"""What is not allowed, and the statement that allows it."""


def require_permitted(session: Session, needs: Needs) -> None:
    """Raises PermissionMissing with everything that is needed and not allowed."""
    ledger = [RelationName(session.database, LEDGER_SCHEMA, table) for table in LEDGER_TABLES]
    dropped = [*needs.drops, *(ledger if needs.ends else ())]
    asked_for = (
        (needs.makes, (_making, _seeing)),
        (needs.changes, (_changing, _seeing)),
        (dropped, (_dropping, _seeing)),
        (needs.reads, (_reading,)),
    )
    found = tuple(
        dict.fromkeys(
            lack
            for names, checks in asked_for
            for each in _allowed(session, names)
            for check in checks
            for lack in check(each)
        )
    )
    if found:
        problem = found[0][0] + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
        grants = tuple(dict.fromkeys(grant for _, grant in found))
        raise PermissionMissing("what is planned", problem, grants)


def _allowed(session: Session, names: Sequence[RelationName]) -> list[Allowed]:
    rows = asked(session, "reading the permissions", FIND_ALLOWED, names)
    return [
        Allowed(name, schema, found, user, *(bool(flag) for flag in flags))
        for name, schema, found, user, *flags in rows
    ]


def _making(each: Allowed) -> Iterator[Lack]:
    user = each.user
    if each.schema is None:
        if not each.creates_schemas:
            yield (
                f"{user} may not make the schema {each.name.schema}",
                f"GRANT CREATE SCHEMA TO {quoted(user)}",
            )
    elif not each.alters_schema:
        yield _altering_schema(each, each.schema)
    for allowed, kind in ((each.creates_tables, "TABLE"), (each.creates_views, "VIEW")):
        if not allowed:
            yield f"{user} may not make a {kind.lower()}", f"GRANT CREATE {kind} TO {quoted(user)}"


def _seeing(each: Allowed) -> Iterator[Lack]:
    """What tells who has built on what: nobody may see it who is not told so."""
    if not each.sees_definitions:
        yield (
            f"{each.user} may not see the texts of others' views",
            f"GRANT VIEW DEFINITION TO {quoted(each.user)}",
        )
    if not each.sees_dependencies:
        yield (
            f"{each.user} may not see what views are built on",
            f"GRANT SELECT ON OBJECT::sys.sql_expression_dependencies TO {quoted(each.user)}",
        )


def _changing(each: Allowed) -> Iterator[Lack]:
    if each.schema is not None and each.object is not None and not each.alters:
        yield _altering_schema(each, each.schema)


def _dropping(each: Allowed) -> Iterator[Lack]:
    is_allowed = each.controls or each.alters_schema
    if each.schema is not None and each.object is not None and not is_allowed:
        yield _altering_schema(each, each.schema)


def _reading(each: Allowed) -> Iterator[Lack]:
    if each.object is not None and not each.selects:
        yield (
            f"{each.user} may not read {each.name}",
            f"GRANT SELECT ON OBJECT::{qualified(each.name)} TO {quoted(each.user)}",
        )


def _altering_schema(each: Allowed, schema: str) -> Lack:
    return (
        f"{each.user} may not change what is in the schema {schema}",
        f"GRANT ALTER ON SCHEMA::{quoted(schema)} TO {quoted(each.user)}",
    )
