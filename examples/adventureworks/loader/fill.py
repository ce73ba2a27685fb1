"""Fills a DuckDB database, in one transaction."""

# ruff: noqa: S608 - the SQL is put together from this package's own names.

from __future__ import annotations

import time
from pathlib import Path

import duckdb

from loader.counts import Counts
from loader.csv_files import CsvReader
from loader.customers import customers
from loader.draw import Draw
from loader.orders import orders
from loader.persons import persons
from loader.products import products
from loader.report import LoadError, LoadReport, TableReport
from loader.sql import count, first_line
from loader.tables import TABLES, Table

SCHEMAS = ("person", "production", "sales")


def load(
    database: Path, *, scale: float = 1, source: Path | None = None, seed: int = 42
) -> LoadReport:
    """Replace all tables in the database, with generated rows or those of a folder of CSV files.

    Args:
        database: DuckDB file, made if it is not there.
        scale: Size of the generated data, 1 for AdventureWorks' own row counts.
        source: Folder with one CSV file per table; nothing is generated then.
        seed: Start of the random state; the same seed gives the same rows.

    Returns:
        What was loaded, filled in, repaired and found without its parent row.

    Raises:
        LoadError: The database, the folder, a file, a column or a value is not usable.
    """
    started = time.perf_counter()
    try:
        connection = duckdb.connect(str(database))
    except duckdb.Error as error:
        raise LoadError(f"cannot open {database}: {first_line(error)}") from error
    with connection:
        connection.execute("begin")
        origin, tables = fill(connection, scale, source, seed)
        connection.execute("commit")
    return LoadReport(str(database), origin, time.perf_counter() - started, tables)


def fill(
    connection: duckdb.DuckDBPyConnection, scale: float, source: Path | None, seed: int
) -> tuple[str, tuple[TableReport, ...]]:
    """Make all tables anew within the caller's transaction; say where the rows are from, and what
    was loaded. Raises LoadError."""
    if not 0.001 <= scale <= 1000:
        raise LoadError(f"scale must be from 0.001 to 1000, not {scale:g}")
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    reader: CsvReader | None = None
    if source is None:
        counts, draw = Counts.of(scale), Draw(seed)
        persons(connection, counts, draw)
        products(connection, draw)
        customers(connection, counts, draw)
        orders(connection, counts, draw)
        origin = f"generated, scale {scale:g}, seed {seed}"
    else:
        reader = CsvReader(connection, source)
        reader.run()
        origin = f"read from {source}"
    tables = tuple(
        TableReport(
            table.name,
            count(connection, f"select count(*) from {table.name}"),
            tuple(reader.filled[table.name]) if reader else (),
            tuple(reader.repaired[table.name]) if reader else (),
            _orphans(connection, table),
        )
        for table in TABLES
    )
    return origin, tables


def _orphans(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[str, ...]:
    notes = []
    for column, parent, key, words in table.parents:
        found = count(
            connection,
            f"select count(*) from {table.name} where {column} is not null"
            f" and {column} not in (select {key} from {parent})",
        )
        if found:
            notes.append(f"{words}: {found:,}")
    return tuple(notes)
