"""Fills a SQL Server database, in one transaction, with what DuckDB makes in memory."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from loader.fill import SCHEMAS, fill
from loader.report import LoadError, LoadReport
from loader.sql import first_line
from loader.tables import TABLES, Column, Table

_TYPES = {
    "boolean": "bit",
    "integer": "int",
    "timestamp": "datetime2(6)",
    "utinyint": "tinyint",
    "uuid": "uniqueidentifier",
    "varchar": "nvarchar(400)",
}
"""SQL Server's words where they are not DuckDB's."""

_LONG = ("AdditionalContactInfo", "Demographics")
_AT_ONCE = 5_000


def connection_string() -> str:
    """What MSSQL_HOST, MSSQL_PORT, MSSQL_DATABASE, MSSQL_USER and MSSQL_PASSWORD say, as the target
    `sqlserver` of profiles.yml takes them."""
    found = os.environ.get
    password = found("MSSQL_PASSWORD", "").replace("}", "}}")
    return (
        f"Server={found('MSSQL_HOST', 'localhost')},{found('MSSQL_PORT', '1433')};"
        f"Database={found('MSSQL_DATABASE', 'adventureworks')};UID={found('MSSQL_USER', 'sa')};"
        f"PWD={{{password}}};Encrypt=yes;TrustServerCertificate=yes"
    )


def load_sqlserver(
    target: str, *, scale: float = 1, source: Path | None = None, seed: int = 42
) -> LoadReport:
    """Replace the rows of all tables, which are made where they are missing.

    Tables are emptied and not dropped, because views read them.

    Args:
        target: A connection string of mssql-python's.
        scale: Size of the generated data, 1 for AdventureWorks' own row counts.
        source: Folder with one CSV file per table; nothing is generated then.
        seed: Start of the random state; the same seed gives the same rows.

    Returns:
        What was loaded, filled in, repaired and found without its parent row.

    Raises:
        LoadError: The database, the folder, a file, a column or a value is not usable.
    """
    try:
        import mssql_python
    except ImportError as error:
        raise LoadError("mssql-python is missing: pip install mssql-python") from error
    started = time.perf_counter()
    try:
        connection = mssql_python.connect(target)
        try:
            with duckdb.connect() as made:
                origin, tables = fill(made, scale, source, seed)
                cursor = connection.cursor()
                for statement in preparing():
                    cursor.execute(statement)
                for table in TABLES:
                    cursor.execute(emptying(table))
                    _write(cursor, made, table)
                cursor.execute("select db_name(), @@servername")
                ((database, server),) = cursor.fetchall()
            connection.commit()
        finally:
            connection.close()
    except mssql_python.Error as error:
        raise LoadError(f"SQL Server: {first_line(error)}") from error
    return LoadReport(f"{database} on {server}", origin, time.perf_counter() - started, tables)


def preparing() -> Iterator[str]:
    """The statements that make what is missing."""
    for schema in SCHEMAS:
        yield f"if schema_id(N'{schema}') is null exec(N'create schema [{schema}]');"
    for table in TABLES:
        columns = ", ".join(_defined(column) for column in table.columns)
        yield (
            f"if object_id(N'{table.name}', N'U') is null create table {table.name} ({columns});"
        )


def emptying(table: Table) -> str:
    return f"delete from {table.name};"  # noqa: S608 - a name of our own


def inserting(table: Table) -> str:
    """Takes the values of one row."""
    names = ", ".join(f"[{column.name}]" for column in table.columns)
    marks = ", ".join("?" for _ in table.columns)
    return f"insert into {table.name} ({names}) values ({marks});"  # noqa: S608 - as above


def _defined(column: Column) -> str:
    kind = "nvarchar(max)" if column.name in _LONG else _TYPES.get(column.type, column.type)
    return f"[{column.name}] {kind}{'' if column.nullable else ' not null'}"


def _write(cursor: Any, made: duckdb.DuckDBPyConnection, table: Table) -> None:
    names = ", ".join(column.name for column in table.columns)
    rows = made.execute(f"select {names} from {table.name}")  # noqa: S608 - as above
    while block := rows.fetchmany(_AT_ONCE):
        cursor.executemany(inserting(table), block)
