"""Small pieces of SQL, and what DuckDB answers."""


# of the CSV files, which are quoted.

from __future__ import annotations

import duckdb

from loader.tables import Table, table_named


def create(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make the table anew, empty."""
    columns = ", ".join(
        f"{c.name} {c.type}{'' if c.nullable else ' not null'}" for c in table.columns
    )
    connection.execute(f"create or replace table {table.name} ({columns})")


def insert(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    """Make a table anew and fill it with a query that names its columns."""
    create(connection, table_named(table))
    connection.execute(f"insert into {table} by name {query}")


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def literals(values: list[str] | tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
