"""How SQL Server spells a column's type."""

from __future__ import annotations

from typing import Final

from dbt_rewind.warehouse.sqlserver_sql import quoted

_BYTES: Final = {"binary", "char", "varbinary", "varchar"}
_CHARACTERS: Final = {"nchar", "nvarchar"}
_PRECISE: Final = {"decimal", "numeric"}
_FRACTIONS: Final = {"datetime2", "datetimeoffset", "time"}


def type_text(name: str, schema: str | None, max_length: int, precision: int, scale: int) -> str:
    """The type as a column's definition takes it; `schema` is that of a type that users have made,
    None for one of the server's own."""
    if schema is not None:
        return f"{quoted(schema)}.{quoted(name)}"
    if name in _BYTES or name in _CHARACTERS:
        width = 2 if name in _CHARACTERS else 1
        return f"{name}({'max' if max_length == -1 else max_length // width})"
    if name in _PRECISE:
        return f"{name}({precision},{scale})"
    if name in _FRACTIONS:
        return f"{name}({scale})"
    if name == "float" and precision != 53:
        return f"float({precision})"
    return name
