"""One PostgreSQL server a test process, and databases of their own on it for tests."""

from __future__ import annotations

import atexit
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import psycopg
from psycopg import sql

from dbt_rewind.demo.postgres_server import PostgresServer, start_postgres

BUSY = (
    "SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'dbt-rewind' AND state <> 'idle'"
)

_numbers = count(1)


@dataclass(frozen=True)
class Database:
    """A database for one test, empty at first; its owner is a superuser."""

    server: PostgresServer
    name: str

    @property
    def settings(self) -> dict[str, Any]:
        """What a dbt profile says of it."""
        return self.server.settings(self.name)

    def connect(self, **parameters: Any) -> psycopg.Connection[Any]:
        """A stranger's connection, in which every statement commits by itself."""
        return connected(self.server, self.name, **parameters)

    def run(self, *statements: str) -> None:
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def wait_until_quiet(self) -> None:
        """Waits for what killed clients have left to end: the server notices a moment later, and
        what it was told to commit it still commits."""
        until = time.monotonic() + 60
        while self.rows(BUSY):
            assert time.monotonic() < until, f"still busy: {self.rows(BUSY)}"
            time.sleep(0.01)

    def wait_until_left(self) -> None:
        """Waits until nobody is connected any more."""
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s"
        until = time.monotonic() + 60
        with connected(self.server, "postgres") as connection:
            while connection.execute(query, [self.name]).fetchall():
                assert time.monotonic() < until, f"somebody stays connected to {self.name}"
                time.sleep(0.01)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(query.encode(), values or None).fetchall()


@cache
def shared_server() -> PostgresServer:
    """This process's server, started when it is first asked for. Roles are common to all its
    databases, so that a test gives its own a name of their own."""
    server = start_postgres()
    atexit.register(server.close)
    return server


def fresh_database(server: PostgresServer | None = None, name: str | None = None) -> Database:
    """A new database. Whoever asks drops it, because each takes 8 MB."""
    chosen = server or shared_server()
    name = name or f"shop_{next(_numbers)}"
    with connected(chosen, "postgres") as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return Database(chosen, name)


def copy_of(database: Database, name: str) -> Database:
    """A new database with all that the other one holds; nobody may be connected to that."""
    with connected(database.server, "postgres") as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(database.name)))
    return Database(database.server, name)


def renamed(database: Database, name: str) -> Database:
    """The same database under another name; nobody may be connected to it."""
    with connected(database.server, "postgres") as connection:
        statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(statement.format(sql.Identifier(database.name), sql.Identifier(name)))
    return Database(database.server, name)


def drop(database: Database) -> None:
    """Drops it, whoever is still connected."""
    with connected(database.server, "postgres") as connection:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(statement.format(sql.Identifier(database.name)))


@contextmanager
def database(server: PostgresServer | None = None) -> Iterator[Database]:
    """A new database for the length of the block."""
    fresh = fresh_database(server)
    try:
        yield fresh
    finally:
        drop(fresh)


def connected(server: PostgresServer, name: str, **parameters: Any) -> psycopg.Connection[Any]:
    return psycopg.connect(**libpq(server.settings(name)), autocommit=True, **parameters)


def libpq(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a connection, of what a dbt profile says of it."""
    return {name: settings[name] for name in ("host", "port", "user", "password", "dbname")}
