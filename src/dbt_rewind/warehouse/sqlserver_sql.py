# ruff: noqa: S608 - names are quoted and values bound
"""SQL text for SQL Server: pure functions, so that every statement is tested without a server.

Relations are named with their schema and without their database: a connection leads to one
database, and no statement to another.
"""

from __future__ import annotations

import re

from dbt_rewind.errors import NameTooLong
from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA, NameUnits

NAME_UNITS = NameUnits.CHARACTERS
LONGEST_NAME = 128
"""How long an identifier may be, in these units."""


_JOINS_LINES = re.compile(r"(?<=\\)(?=[\r\n])")


def quoted(identifier: str) -> str:
    """Raises NameTooLong: no object can have such a name."""
    if NAME_UNITS.of(identifier) > LONGEST_NAME:
        raise NameTooLong(identifier, LONGEST_NAME, NAME_UNITS.value)
    return "[" + identifier.replace("]", "]]") + "]"


def literal(text: str) -> str:
    """An expression for the text, where no value can be bound: nearly always one constant."""
    # In a constant, the server takes a backslash and the line's end behind it for nothing at all.
    first, *others = (_constant(part) for part in _JOINS_LINES.split(text))
    if not others:
        return first
    # As it is without it, the server would cut the sum off where a page is full.
    return " + ".join([f"CONVERT(nvarchar(max), {first})", *others])


def _constant(text: str) -> str:
    return "N'" + text.replace("'", "''") + "'"


def called(procedure: str, **arguments: str) -> str:
    """Calls a stored procedure of the server's own; it takes nothing but constants and variables,
    so that every argument is one."""
    declared = ", ".join(
        f"@{name} nvarchar(4000) = {literal(text)}" for name, text in arguments.items()
    )
    passed = ", ".join(f"@{name} = @{name}" for name in arguments)
    return f"DECLARE {declared};\nEXEC sys.{procedure} {passed};"


def qualified(relation: RelationName) -> str:
    return f"{quoted(relation.schema)}.{quoted(relation.name)}"


def ledger_table(table: str) -> str:
    return f"{quoted(LEDGER_SCHEMA)}.{quoted(table)}"


def create_schema(schema: str, owner: str | None = None) -> str:
    """The first and only statement of its batch. `owner` is a user or role, None for whoever
    connects."""
    owned = f" AUTHORIZATION {quoted(owner)}" if owner else ""
    return f"CREATE SCHEMA {quoted(schema)}{owned};"


def drop_schema(schema: str) -> str:
    return f"DROP SCHEMA {quoted(schema)};"


def own_schema(schema: str, owner: str) -> str:
    return f"ALTER AUTHORIZATION ON SCHEMA::{quoted(schema)} TO {quoted(owner)};"


def drop_relation(relation: RelationName, kind: RelationKind) -> str:
    return f"DROP {kind.value.upper()} {qualified(relation)};"


def replace_pointer(pointer: RelationName, target: RelationName) -> str:
    """The first and only statement of its batch; for servers from 2016 SP1 on. What the view has of
    permissions and extended properties stays."""
    return f"CREATE OR ALTER VIEW {qualified(pointer)} AS SELECT * FROM {qualified(target)};"


def create_pointer(pointer: RelationName, target: RelationName) -> str:
    """The first and only statement of its batch."""
    return f"CREATE VIEW {qualified(pointer)} AS SELECT * FROM {qualified(target)};"


def rename(relation: RelationName, name: str) -> str:
    """Takes a lock on the one object, and changes no text that names it."""
    return called("sp_rename", objname=qualified(relation), newname=name, objtype="OBJECT")


def refresh(relation: RelationName) -> str:
    """Gives a view or function the columns anew of what its text names."""
    return called("sp_refreshsqlmodule", name=qualified(relation))
