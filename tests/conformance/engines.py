"""One factory an engine: how to open it, and what other people do to it behind our back.

To put another engine under the suite, write its factory here and add it to `ENGINES`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import duckdb
import psycopg
from tests.conformance.doors import Door, Stranger
from tests.spark.engine import SparkEngine
from tests.spark.session import spark_python
from tests.sqlserver.engines import SQLServerDoubleEngine, SQLServerEngine
from tests.sqlserver.server import connection_string

from dbt_rewind.model import Column, RelationKind, RelationName
from dbt_rewind.warehouse import postgres_sql
from dbt_rewind.warehouse.connect import connect
from dbt_rewind.warehouse.dialects import DIALECTS
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
from tests import postgres

Row = tuple[int, str | None]


class Engine(Protocol):
    """An empty warehouse of its own for one test; every table has the columns `id` and `label`.

    `types` are what the engine calls the types of these columns, `kinds` the relations it has.
    """

    name: str
    database: str
    types: tuple[str, str]
    kinds: Sequence[RelationKind]

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

    def create_materialized_view(self, name: RelationName, target: RelationName) -> None:
        """One onto all of `target`; only where `kinds` has it."""

    def insert(self, name: RelationName, row: Row) -> None: ...

    def remove_view(self, name: RelationName) -> None: ...

    def rows(self, name: RelationName) -> list[tuple[Any, ...]]:
        """What a user sees under `name`, in the order in which it comes."""

    def comments(self, name: RelationName) -> tuple[str | None, dict[str, str]]:
        """The relation's own comment, and its columns' comments by column."""

    def damage_artifact(self, digest: str, stored: bytes) -> None: ...

    def write_ledger_version(self, version: int) -> None: ...

    def close(self) -> None:
        """Removes the warehouse, whoever still has it open."""


class MemoryEngine:
    name = "memory"
    database = "memory"
    types = ("INTEGER", "VARCHAR")
    kinds: Sequence[RelationKind] = (RelationKind.TABLE, RelationKind.VIEW)

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

    def create_materialized_view(self, name: RelationName, target: RelationName) -> None:
        raise NotImplementedError

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

    def close(self) -> None:
        pass


class DuckDBEngine:
    name = "duckdb"
    database = "shop"
    types = ("INTEGER", "VARCHAR")
    kinds: Sequence[RelationKind] = (RelationKind.TABLE, RelationKind.VIEW)

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

    def create_materialized_view(self, name: RelationName, target: RelationName) -> None:
        raise NotImplementedError

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

    def close(self) -> None:
        pass


_databases: list[postgres.Database] = []
"""Those that nobody uses now: to make one takes longer than all that a test does in it."""

_EMPTY = """DO $$ DECLARE each record; BEGIN
  PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  FOR each IN SELECT nspname FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')
  LOOP EXECUTE format('DROP SCHEMA %I CASCADE', each.nspname); END LOOP;
END $$"""


def _emptied() -> postgres.Database:
    """A database with nothing in it."""
    if not _databases:
        return postgres.fresh_database()
    database = _databases.pop()
    database.run(_EMPTY)
    return database


class PostgresEngine:
    name = "postgres"
    types = ("integer", "character varying")
    kinds: Sequence[RelationKind] = tuple(RelationKind)

    def __init__(self) -> None:
        self._database = _emptied()
        self.database = self._database.name
        self._stranger = self._database.connect(cursor_factory=psycopg.RawCursor)

    def open(self, *, read_only: bool = False) -> Warehouse:
        return connect("postgres", self._database.settings, Path(), read_only=read_only)

    def create_table(
        self,
        name: RelationName,
        rows: Sequence[Row],
        comment: str | None = None,
        column_comments: Mapping[str, str] | None = None,
    ) -> None:
        sql = postgres_sql
        self._make_room(name)
        self._run(f"CREATE TABLE {sql.qualified(name)} (id integer, label varchar)")
        if comment is not None:
            self._run(sql.comment_on(name, RelationKind.TABLE, comment))
        for column, text in (column_comments or {}).items():
            self._run(sql.comment_on_column(name, column, text))
        for row in rows:
            self.insert(name, row)

    def create_view(self, name: RelationName, target: RelationName | None) -> None:
        qualified = postgres_sql.qualified
        source = f"SELECT * FROM {qualified(target)}" if target else "SELECT 1 AS another"
        self._make_room(name)
        self._run(f"CREATE VIEW {qualified(name)} AS {source}")

    def create_materialized_view(self, name: RelationName, target: RelationName) -> None:
        qualified = postgres_sql.qualified
        self._make_room(name)
        self._run(
            f"CREATE MATERIALIZED VIEW {qualified(name)} AS SELECT * FROM {qualified(target)}"
        )

    def insert(self, name: RelationName, row: Row) -> None:
        self._run(f"INSERT INTO {postgres_sql.qualified(name)} VALUES ($1, $2)", row)

    def remove_view(self, name: RelationName) -> None:
        self._run(f"DROP VIEW {postgres_sql.qualified(name)}")

    def rows(self, name: RelationName) -> list[tuple[Any, ...]]:
        return self._run(f"SELECT * FROM {postgres_sql.qualified(name)}").fetchall()

    def comments(self, name: RelationName) -> tuple[str | None, dict[str, str]]:
        found = self._run(
            "SELECT a.attname, d.description FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass"
            " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = nullif(d.objsubid, 0)"
            " WHERE n.nspname = $1::text AND c.relname = $2::text",
            (name.schema, name.name),
        ).fetchall()
        comments = dict(found)
        return comments.pop(None, None), comments

    def damage_artifact(self, digest: str, stored: bytes) -> None:
        self._run("UPDATE rewind.artifact SET content = $1 WHERE digest = $2", (stored, digest))

    def write_ledger_version(self, version: int) -> None:
        self._run("UPDATE rewind.ledger SET version = $1", (version,))

    def close(self) -> None:
        self._stranger.close()
        _databases.append(self._database)

    def _make_room(self, name: RelationName) -> None:
        """Makes the schema, and removes what has the name."""
        self._run(f"CREATE SCHEMA IF NOT EXISTS {postgres_sql.quoted(name.schema)}")
        found = self._run(
            "SELECT CASE relkind WHEN 'r' THEN 'TABLE' WHEN 'v' THEN 'VIEW'"
            " ELSE 'MATERIALIZED VIEW' END FROM pg_class WHERE relname = $1::text"
            " AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $2::text)",
            (name.name, name.schema),
        ).fetchone()
        if found is not None:
            self._run(f"DROP {found[0]} {postgres_sql.qualified(name)}")

    def _run(self, sql: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        return self._stranger.execute(sql.encode(), values or None)


class DoorToDuckDB(DuckDBEngine):
    """DuckDB through dbt-duckdb. Another process has the file, and strangers are there, too."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.door = Door({"type": "duckdb", "path": self.path}, folder)

    def open(self, *, read_only: bool = False) -> Warehouse:
        return self.door.open(read_only=read_only)

    @contextmanager
    def connection(self) -> Iterator[Any]:
        yield Stranger(self.door.stranger)

    def close(self) -> None:
        self.door.close()


JOURNALLED = replace(
    DIALECTS["duckdb"],
    begin=None,
    begin_reading=None,
    keys=False,
    chunk=1_000,
    conflict=frozenset(),
)
"""DuckDB as if it had no transactions, enforced no keys and took no long statements."""


class DoorToJournalled(DoorToDuckDB):
    """What holds where pointers move one by one, without the time that distributed engines take."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.door = Door({"type": "duckdb", "path": self.path}, folder, dialect=JOURNALLED)

    def damage_artifact(self, digest: str, stored: bytes) -> None:
        with self.connection() as connection:
            connection.execute("DELETE FROM rewind.artifact WHERE digest = ?", [digest])
            connection.execute(
                "INSERT INTO rewind.artifact VALUES (?, 0, 1, ?)",
                [digest, b64encode(stored).decode()],
            )


class DoorToPostgres(PostgresEngine):
    """PostgreSQL through dbt-postgres, with strangers of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.door = Door(self._database.settings, folder)

    def open(self, *, read_only: bool = False) -> Warehouse:
        return self.door.open(read_only=read_only)

    def close(self) -> None:
        self.door.close()
        super().close()


ENGINES: Mapping[str, Callable[[Path], Engine]] = {
    "memory": lambda folder: MemoryEngine(),
    "duckdb": DuckDBEngine,
    "postgres": lambda folder: PostgresEngine(),
    "duckdb-door": DoorToDuckDB,
    "journalled-door": DoorToJournalled,
    "postgres-door": DoorToPostgres,
    "sqlserver-double": lambda folder: SQLServerDoubleEngine(),
    "sqlserver-2014-double": lambda folder: SQLServerDoubleEngine(replaces_views=False),
    **({"spark": lambda folder: SparkEngine()} if spark_python() else {}),
    **({"sqlserver": lambda folder: SQLServerEngine()} if connection_string() else {}),
}

MATERIALIZING = ("postgres",)
"""Those whose materialized views can be nodes of a release. Through the door they cannot, because
it finds what reads what in the texts of plain views alone."""
