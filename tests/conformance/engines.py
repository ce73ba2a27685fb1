"""One factory an engine: how to open it, and what other people do to it behind our back.

To put another engine under the suite, write its factory here and add it to `ENGINES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import duckdb

from dbt_rewind.model import Column, RelationKind, RelationName
from dbt_rewind.warehouse.duckdb import open_duckdb
from dbt_rewind.warehouse.duckdb_sql import (
    comment_on,
    comment_on_column,
    literal,
    qualified,
    qualified_schema,
)
from dbt_rewind.warehouse.memory import MemoryWarehouse, memory_store
from dbt_rewind.warehouse.memory_store import Comments
from dbt_rewind.warehouse.protocol import Warehouse

Row = tuple[int, str | None]


class Engine(Protocol):
    """An empty warehouse of its own for one test; every table has the columns `id` and `label`."""

    name: str
    database: str

    def open(self, *, read_only: bool = False) -> Warehouse: ...

    def create_table(
        self,
        name: RelationName,
        rows: Sequence[Row],
        comment: str | None = None,
        column_comments: Mapping[str, str] | None = None,
    ) -> None: ...

    def create_view(self, name: RelationName, target: RelationName | None) -> None:
        """A view onto all of `target`; None: a view that is no pointer."""

    def insert(self, name: RelationName, row: Row) -> None: ...

    def remove_view(self, name: RelationName) -> None: ...

    def rows(self, name: RelationName) -> list[tuple[Any, ...]]:
        """What a user sees under `name`, in the order in which it comes."""

    def comments(self, name: RelationName) -> tuple[str | None, dict[str, str]]:
        """The relation's own comment, and its columns' comments by column."""

    def damage_artifact(self, digest: str, stored: bytes) -> None: ...

    def write_ledger_version(self, version: int) -> None: ...


class MemoryEngine:
    name = "memory"
    database = "memory"

    def __init__(self) -> None:
        self._store_name = uuid4().hex
        self._store = memory_store(self._store_name)

    def open(self, *, read_only: bool = False) -> Warehouse:
        return MemoryWarehouse(memory_store(self._store_name), read_only=read_only)

    def create_table(
        self,
        name: RelationName,
        rows: Sequence[Row],
        comment: str | None = None,
        column_comments: Mapping[str, str] | None = None,
    ) -> None:
        columns = (Column("id", "INTEGER"), Column("label", "VARCHAR"))
        comments = Comments(comment, tuple((column_comments or {}).items()))
        self._store.create_table(name, columns, rows, comments)

    def create_view(self, name: RelationName, target: RelationName | None) -> None:
        self._store.create_view(name, target)

    def insert(self, name: RelationName, row: Row) -> None:
        self._store.change_rows(name, [*self._store.rows(name), row])

    def remove_view(self, name: RelationName) -> None:
        self._store.remove(name)

    def rows(self, name: RelationName) -> list[tuple[Any, ...]]:
        return list(self._store.rows(name))

    def comments(self, name: RelationName) -> tuple[str | None, dict[str, str]]:
        found = self._store.contents.relations[name].comments
        return found.own, dict(found.columns)

    def damage_artifact(self, digest: str, stored: bytes) -> None:
        self._store.change_artifact(digest, stored)

    def write_ledger_version(self, version: int) -> None:
        self._store.change_ledger_version(version)


class DuckDBEngine:
    name = "duckdb"
    database = "shop"

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "shop.duckdb")

    def open(self, *, read_only: bool = False) -> Warehouse:
        return open_duckdb(self.path, read_only=read_only)

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A stranger's connection."""
        connection = duckdb.connect(self.path)
        try:
            yield connection
        finally:
            connection.close()

    def create_table(
        self,
        name: RelationName,
        rows: Sequence[Row],
        comment: str | None = None,
        column_comments: Mapping[str, str] | None = None,
    ) -> None:
        statements = [
            f"CREATE SCHEMA IF NOT EXISTS {qualified_schema(name.database, name.schema)}",
            f"CREATE OR REPLACE TABLE {qualified(name)} (id INTEGER, label VARCHAR)",
        ]
        if comment is not None:
            statements.append(comment_on(name, RelationKind.TABLE, comment))
        for column, text in (column_comments or {}).items():
            statements.append(comment_on_column(name, column, text))
        with self.connection() as connection:
            for statement in statements:
                connection.execute(statement)
            for row in rows:
                connection.execute(f"INSERT INTO {qualified(name)} VALUES (?, ?)", list(row))

    def create_view(self, name: RelationName, target: RelationName | None) -> None:
        source = f"SELECT * FROM {qualified(target)}" if target else "SELECT 1 AS another"
        with self.connection() as connection:
            schema = qualified_schema(name.database, name.schema)
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            connection.execute(f"CREATE OR REPLACE VIEW {qualified(name)} AS {source}")

    def insert(self, name: RelationName, row: Row) -> None:
        with self.connection() as connection:
            connection.execute(f"INSERT INTO {qualified(name)} VALUES (?, ?)", list(row))

    def remove_view(self, name: RelationName) -> None:
        with self.connection() as connection:
            connection.execute(f"DROP VIEW {qualified(name)}")

    def rows(self, name: RelationName) -> list[tuple[Any, ...]]:
        with self.connection() as connection:
            return connection.execute(f"SELECT * FROM {qualified(name)}").fetchall()

    def comments(self, name: RelationName) -> tuple[str | None, dict[str, str]]:
        with self.connection() as connection:
            found = connection.execute(
                "SELECT NULL, comment FROM duckdb_tables() WHERE (schema_name, table_name) = $name"
                " UNION ALL"
                " SELECT NULL, comment FROM duckdb_views() WHERE (schema_name, view_name) = $name"
                " UNION ALL SELECT column_name, comment FROM duckdb_columns()"
                " WHERE (schema_name, table_name) = $name AND comment IS NOT NULL".replace(
                    "$name", f"({literal(name.schema)}, {literal(name.name)})"
                )
            ).fetchall()
        comments = dict(found)
        return comments.pop(None), comments

    def damage_artifact(self, digest: str, stored: bytes) -> None:
        with self.connection() as connection:
            connection.execute(
                "UPDATE rewind.artifact SET content = ? WHERE digest = ?", [stored, digest]
            )

    def write_ledger_version(self, version: int) -> None:
        with self.connection() as connection:
            connection.execute("UPDATE rewind.ledger SET version = ?", [version])


ENGINES: Mapping[str, Callable[[Path], Engine]] = {
    "memory": lambda folder: MemoryEngine(),
    "duckdb": DuckDBEngine,
}
