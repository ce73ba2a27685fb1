# ruff: noqa: S608 - names are quoted
"""SQL text that counts and fingerprints a relation."""

from __future__ import annotations

from collections.abc import Sequence

from dbt_rewind.model import Column, RelationName
from dbt_rewind.warehouse.sqlserver_sql import qualified, quoted

LANES = 4
"""A row's hash is SHA-256, read as so many numbers of 64 bits."""

_EXACT = {"bigint", "int", "smallint", "tinyint"}
_MONEY = {"money", "smallmoney"}
_FLOATS = {"float", "real"}
_OLD_TEXTS = {"ntext": "nvarchar(max)", "text": "varchar(max)", "image": "varbinary(max)"}


def count_rows(relation: RelationName) -> str:
    return f"SELECT COUNT_BIG(*) FROM {qualified(relation)};"


def count_duplicates(relation: RelationName, key: Sequence[str]) -> str:
    """One row: how many values of the key stand in more than one row."""
    names = ", ".join(map(quoted, key))
    filled = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in key)
    return (
        "SELECT COUNT_BIG(*) FROM (\n"
        f"    SELECT {names} FROM {qualified(relation)} WHERE {filled}\n"
        f"    GROUP BY {names} HAVING COUNT_BIG(*) > 1\n) AS twice;"
    )


def fingerprint_rows(
    relation: RelationName, columns: Sequence[Column], totals: Sequence[Column] = ()
) -> str:
    """One row: the count, the sums of the lanes of all rows' hashes, how often each column is not
    NULL, and the sums of `totals` as text.

    A sum does not depend on the order of rows, and two equal rows count twice. With 38 digits it
    has room for more rows than a table can have.
    """
    lanes = ",\n".join(
        "    SUM(CONVERT(decimal(38, 0),"
        f" CONVERT(bigint, SUBSTRING(hashed.[hash], {1 + 8 * lane}, 8))))"
        for lane in range(LANES)
    )
    filled = "".join(
        f",\n    COUNT_BIG(CASE WHEN r.{quoted(column.name)} IS NOT NULL THEN 1 END)"
        for column in columns
    )
    sums = "".join(f",\n    {_sum(column)}" for column in totals)
    parts = "\n            + ".join(encoded(column) for column in columns)
    return (
        f"SELECT\n    COUNT_BIG(*),\n{lanes}{filled}{sums}\n"
        f"FROM {qualified(relation)} AS r\n"
        "CROSS APPLY (\n"
        f"    SELECT HASHBYTES('SHA2_256',\n            {parts}\n        ) AS [hash]\n"
        ") AS hashed;"
    )


def encoded(column: Column) -> str:
    """The column's value as bytes that nothing else is written as: NULL is one byte 0, everything
    else a byte 1, its length in 8 bytes, and its own bytes, so that the values of a row cannot run
    into each other."""
    name = f"r.{quoted(column.name)}"
    value = _bytes(name, column.type)
    return (
        f"CASE WHEN {name} IS NULL THEN CONVERT(varbinary(max), 0x00)"
        f" ELSE CONVERT(varbinary(max), 0x01)"
        f" + CONVERT(binary(8), CONVERT(bigint, DATALENGTH({value}))) + {value} END"
    )


def has_sum(column: Column) -> bool:
    name = column.type.partition("(")[0]
    return name in _EXACT | _MONEY | _FLOATS | {"decimal", "numeric"}


def _bytes(name: str, type_text: str) -> str:
    if type_text in _OLD_TEXTS:
        return f"CONVERT(varbinary(max), CONVERT({_OLD_TEXTS[type_text]}, {name}))"
    if type_text == "sql_variant":
        # A variant's bytes do not say of which type they are.
        kind = f"CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY({name}, 'BaseType'))"
        return (
            f"(CONVERT(varbinary(max), CONVERT(nchar(128), {kind}))"
            f" + CONVERT(varbinary(max), {name}))"
        )
    return f"CONVERT(varbinary(max), {name})"


def _sum(column: Column) -> str:
    name, _, rest = column.type.partition("(")
    value = f"r.{quoted(column.name)}"
    if name in _FLOATS:
        # Style 3 writes as many digits as tell one number from any other.
        return f"CONVERT(nvarchar(64), SUM(CONVERT(float, {value})), 3)"
    scale = "4" if name in _MONEY else rest.rstrip(")").split(",")[-1] if rest else "0"
    return f"CONVERT(nvarchar(64), SUM(CONVERT(decimal(38, {scale}), {value})))"
