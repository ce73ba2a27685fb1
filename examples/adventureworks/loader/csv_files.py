"""Rows from CSV files, with what had to be filled in and repaired."""

# ruff: noqa: S608 - the SQL is put together from constants and whole numbers, and from column names
# of the CSV files, which are quoted.

from __future__ import annotations

from pathlib import Path

import duckdb

from loader.report import LoadError
from loader.sql import create, first_line, quoted
from loader.tables import TABLES, Table


class CsvReader:
    """Reads real rows from one CSV file per table and notes what had to be changed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.connection = connection
        self.folder = folder
        self.filled: dict[str, list[str]] = {}
        self.repaired: dict[str, list[str]] = {}

    def run(self) -> None:
        """Write all tables; looks for all files before it reads the first."""
        if not self.folder.is_dir():
            raise LoadError(f"no such folder: {self.folder}")
        files = {path.name.lower(): path for path in self.folder.iterdir()}
        missing = [table.csv_name for table in TABLES if table.csv_name not in files]
        if missing:
            raise LoadError(f"missing in {self.folder}: {', '.join(missing)}")
        for table in TABLES:
            self.read(table, files[table.csv_name])

    def read(self, table: Table, path: Path) -> None:
        """Write one table from its file."""
        try:
            # Everything arrives as text, so that a bad value is named with its column below.
            self.connection.execute(
                "create or replace temp table incoming as select * from read_csv(?,"
                " header = true, all_varchar = true, delim = ',', quote = '\"', nullstr = '')",
                [str(path)],
            )
        except duckdb.Error as error:
            raise LoadError(f"cannot read {path.name}: {first_line(error)}") from error
        found = {
            str(row[0]).lower(): str(row[0])
            for row in self.connection.execute("describe incoming").fetchall()
        }
        self.repair(table, list(found.values()))
        create(self.connection, table)

        given = [column for column in table.columns if column.name.lower() in found]
        absent = [column for column in table.columns if column.name.lower() not in found]
        needed = [c.name for c in absent if c.fill is None and not c.nullable]
        if needed:
            raise LoadError(f"missing column in {path.name}: {', '.join(needed)}")
        casts = [f"cast({quoted(found[c.name.lower()])} as {c.type}) as {c.name}" for c in given]
        query = f"select {', '.join(casts)} from incoming"
        # One level per filled column: a fill may use columns filled before it.
        for column in absent:
            if column.fill is not None:
                value = f"cast({column.fill} as {column.type}) as {column.name}"
                query = f"select *, {value} from ({query})"
        try:
            self.connection.execute(f"insert into {table.name} by name {query}")
        except duckdb.Error as error:
            raise LoadError(f"bad value in {path.name}: {first_line(error)}") from error

        nulls = [c.name for c in absent if c.fill is None]
        notes = [f"{c.name} = {c.fill}" for c in absent if c.fill is not None]
        if nulls:
            notes.append(f"{', '.join(nulls)} = null")
        self.filled[table.name] = notes

    def repair(self, table: Table, columns: list[str]) -> None:
        """Put right text that was UTF-8, read as Windows-1252 or Latin-1 and saved again."""
        notes = self.repaired.setdefault(table.name, [])
        for name in columns:
            column = quoted(name)
            rows = self.connection.execute(
                f"select {column}, count(*) from incoming"
                f" where length({column}) <> strlen({column}) group by all order by all"
            ).fetchall()
            fixes = [(old, new, n) for old, n in rows if (new := repaired(old)) != old]
            for old, new, _ in fixes:
                self.connection.execute(
                    f"update incoming set {column} = ? where {column} = ?", [new, old]
                )
            if fixes:
                count = sum(n for _, _, n in fixes)
                old, new, _ = fixes[0]
                words = "value" if count == 1 else "values"
                notes.append(f"{count:,} {words} of {name}, such as {old} to {new}")


def repaired(text: str) -> str:
    """Return text with broken encoding put right, or as it is when that is not certain."""
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text
