"""SQL text that describes an object: permissions and extended properties."""

from __future__ import annotations

from typing import Final

from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse.sqlserver_sql import literal, qualified, quoted

COMMENT: Final = "MS_Description"
"""The extended property that tools, and dbt's `persist_docs`, take for a comment."""

_VERBS: Final = {"G": "GRANT", "W": "GRANT", "D": "DENY", "R": "REVOKE"}


def permit(
    relation: RelationName, state: str, permission: str, grantee: str, column: str | None
) -> str:
    """Does what the catalogue's row says: `state` G (give), W (with the right to give it on), D
    (deny) or R (take from a column)."""
    part = f" ({quoted(column)})" if column is not None else ""
    option = " WITH GRANT OPTION" if state == "W" else ""
    direction = "FROM" if state == "R" else "TO"
    return (
        f"{_VERBS[state]} {permission}{part} ON OBJECT::{qualified(relation)}"
        f" {direction} {quoted(grantee)}{option};"
    )


def set_property(
    relation: RelationName, kind: RelationKind, column: str | None, name: str, value: str
) -> str:
    """Gives the relation, or one of its columns, an extended property that it does not have."""
    return _property("sp_addextendedproperty", relation, kind, column, name, value)


def change_property(
    relation: RelationName, kind: RelationKind, column: str | None, name: str, value: str
) -> str:
    """Changes an extended property that the relation, or one of its columns, has."""
    return _property("sp_updateextendedproperty", relation, kind, column, name, value)


def drop_property(relation: RelationName, kind: RelationKind, column: str | None, name: str) -> str:
    """Takes an extended property away."""
    return _property("sp_dropextendedproperty", relation, kind, column, name, None)


def _property(
    procedure: str,
    relation: RelationName,
    kind: RelationKind,
    column: str | None,
    name: str,
    value: str | None,
) -> str:
    declared = {
        "name": ("nvarchar(128)", name),
        **({"value": ("nvarchar(3750)", value)} if value is not None else {}),
        "level0type": ("varchar(128)", "SCHEMA"),
        "level0name": ("nvarchar(128)", relation.schema),
        "level1type": ("varchar(128)", kind.value.upper()),
        "level1name": ("nvarchar(128)", relation.name),
    }
    if column is not None:
        declared |= {
            "level2type": ("varchar(128)", "COLUMN"),
            "level2name": ("nvarchar(128)", column),
        }
    variables = ",\n    ".join(
        f"@{variable} {type_text} = {literal(text)}"
        for variable, (type_text, text) in declared.items()
    )
    passed = ", ".join(f"@{variable} = @{variable}" for variable in declared)
    return f"DECLARE\n    {variables};\nEXEC sys.{procedure}\n    {passed};"
