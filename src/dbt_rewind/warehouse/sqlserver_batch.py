"""The batches in which statements reach the server.

The driver tells of an error neither its number nor its line, only words. So every statement runs
under TRY in a text of its own, where also what cannot be compiled is caught, and what went wrong is
thrown again with its number before the words: `rewind:<number>:<place>:<words>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from dbt_rewind.warehouse.sqlserver_sql import literal

TYPES: Final = {
    "at": "nvarchar(max)",
    "acquired_at": "nvarchar(max)",
    "content": "varbinary(max)",
    "digest": "nvarchar(max)",
    "digests": "nvarchar(max)",
    "environment": "nvarchar(max)",
    "expires_at": "nvarchar(max)",
    "fence": "bigint",
    "found": "int",
    "hash": "nvarchar(max)",
    "host": "nvarchar(max)",
    "kind": "nvarchar(max)",
    "milliseconds": "int",
    "name": "nvarchar(max)",
    "names": "varbinary(max)",
    "operation": "nvarchar(max)",
    "payload": "nvarchar(max)",
    "person": "nvarchar(max)",
    "pid": "bigint",
    "previous_hash": "nvarchar(max)",
    "resource": "nvarchar(255)",
    "sequence": "bigint",
    "started": "nvarchar(max)",
    "version": "int",
}
"""The type of every value that a statement may name with `@`. Text has no limit here: a variable
with one would cut a longer text off without a word, a column refuses it."""

_AT_ONCE = 500
"""Rows of one VALUES list; the server takes a thousand."""

_TOLD = """BEGIN CATCH
    DECLARE @told nvarchar(2048) = CONCAT(
        N'rewind:', ERROR_NUMBER(), N':', {place}, N':',
        REPLACE(LEFT(ERROR_MESSAGE(), 1900), N'%', N'%%')
    );
    IF XACT_STATE() = -1 ROLLBACK TRANSACTION;
    THROW 50000, @told, 1;
END CATCH;"""


def batch_of_one(statement: str, names: Sequence[str] = ()) -> str:
    """The batch that runs one statement, in which `names` are values; it takes them as `?` in this
    order."""
    lines = [f"DECLARE @statement nvarchar(max) = {literal(statement)};"]
    arguments = "@statement"
    if names:
        bound = ", ".join(f"@{name} {TYPES[name]} = ?" for name in names)
        lines.append(f"DECLARE {bound};")
        declared = ", ".join(f"@{name} {TYPES[name]}" for name in names)
        passed = ", ".join(f"@{name} = @{name}" for name in names)
        arguments += f", N'{declared}', {passed}"
    lines += ["BEGIN TRY", f"    EXEC sys.sp_executesql {arguments};", "END TRY"]
    return "\n".join([*lines, _TOLD.format(place="0")])


def batch_of_many(statements: Sequence[str], wait: timedelta) -> str:
    """The batch that runs statements one after the other, in one round trip.

    Together they wait for locks no longer than `wait`: each may wait for what is left of it. The
    time that they take themselves makes none of them fail, only that they wait no longer.
    """
    lines = [
        "SET NOCOUNT ON;",
        "DECLARE @statements TABLE (place int NOT NULL PRIMARY KEY, text nvarchar(max) NOT NULL);",
        *_filled(statements),
        f"DECLARE @place int = 0, @last int = {len(statements)}, @left int;",
        "DECLARE @statement nvarchar(max), @bounded nvarchar(400);",
        "DECLARE @began datetime2(7) = SYSUTCDATETIME();",
        "BEGIN TRY",
        "    WHILE @place < @last",
        "    BEGIN",
        "        SET @place = @place + 1;",
        "        SELECT @statement = text FROM @statements WHERE place = @place;",
        f"        SET @left = {wait // timedelta(milliseconds=1)}"
        " - DATEDIFF(MILLISECOND, @began, SYSUTCDATETIME());",
        "        SET @bounded = CONCAT(",
        "            N'SET LOCK_TIMEOUT ', CASE WHEN @left < 0 THEN 0 ELSE @left END,",
        "            N'; EXEC sys.sp_executesql @statement;'",
        "        );",
        "        EXEC sys.sp_executesql",
        "            @bounded, N'@statement nvarchar(max)', @statement = @statement;",
        "    END;",
        "END TRY",
    ]
    return "\n".join([*lines, _TOLD.format(place="@place")])


def _filled(statements: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(statements), _AT_ONCE):
        part = statements[start : start + _AT_ONCE]
        rows = ",\n    ".join(
            f"({place}, {literal(statement)})" for place, statement in enumerate(part, start + 1)
        )
        yield f"INSERT INTO @statements (place, text) VALUES\n    {rows};"
