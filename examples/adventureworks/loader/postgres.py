"""Fills a PostgreSQL database, in one transaction, with what DuckDB makes in memory."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from loader.fill import SCHEMAS, fill
from loader.report import LoadError, LoadReport
from loader.sql import first_line
from loader.tables import TABLES, Table

if TYPE_CHECKING:
    import psycopg

_TYPES = {"utinyint": "smallint"}
"""PostgreSQL's words where they are not DuckDB's."""


def load_postgres(
    target: str, *, scale: float = 1, source: Path | None = None, seed: int = 42
) -> LoadReport:
    """Replace the rows of all tables, which are made where they are missing.

    Tables are emptied and not dropped, because views read them.

    Args:
        target: A connection string of libpq's; what it leaves out, PGHOST and the like say.
        scale: Size of the generated data, 1 for AdventureWorks' own row counts.
        source: Folder with one CSV file per table; nothing is generated then.
        seed: Start of the random state; the same seed gives the same rows.

    Returns:
        What was loaded, filled in, repaired and found without its parent row.

    Raises:
        LoadError: The database, the folder, a file, a column or a value is not usable.
    """
    try:
        import psycopg
    except ImportError as error:
        raise LoadError("psycopg is missing: pip install 'psycopg[binary]'") from error
    started = time.perf_counter()
    try:
        with (
            psycopg.connect(target) as connection,
            duckdb.connect() as made,
            tempfile.TemporaryDirectory() as folder,
        ):
            origin, tables = fill(made, scale, source, seed)
            for schema in SCHEMAS:
                connection.execute(f"create schema if not exists {schema}".encode())
            for table in TABLES:
                path = Path(folder, table.csv_name)
                file = str(path).replace("'", "''")
                made.execute(f"copy {table.name} to '{file}' (header false)")
                _write(connection, table, path)
            place = f"{connection.info.dbname} on {connection.info.host}:{connection.info.port}"
    except psycopg.Error as error:
        raise LoadError(f"PostgreSQL: {first_line(error)}") from error
    return LoadReport(place, origin, time.perf_counter() - started, tables)


def _write(connection: psycopg.Connection, table: Table, path: Path) -> None:
    """Replace the table's rows by those of the file."""
    columns = ", ".join(
        f"{c.name} {_TYPES.get(c.type, c.type)}{'' if c.nullable else ' not null'}"
        for c in table.columns
    )
    connection.execute(f"create table if not exists {table.name} ({columns})".encode())
    connection.execute(f"delete from {table.name}".encode())  # noqa: S608 - a name of our own
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {table.name} from stdin (format csv)".encode()) as rows,
        path.open("rb") as file,
    ):
        while block := file.read(1 << 20):
            rows.write(block)
    connection.execute(f"analyze {table.name}".encode())
