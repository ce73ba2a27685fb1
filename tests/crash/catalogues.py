"""What the checker asks of a warehouse, in plain SQL and without the product's code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
import psycopg
from tests.postgres import Database

Place = Path | Database
"""Where a warehouse is: a file of DuckDB's, or a database on a PostgreSQL server."""

Name = tuple[str, str]
Rows = list[tuple[Any, ...]]


class Catalogue(Protocol):
    """An open connection that only reads."""

    def rows(self, query: str, *values: Any) -> Rows:
        """Each `?` of the query stands for a value."""

    def has_ledger(self) -> bool: ...

    def public(self) -> dict[Name, str]:
        """The text of every view outside of our own schemas."""

    def versioned(self) -> set[Name]:
        """All relations in our own schemas, the ledger's tables left out."""


def exists(place: Place) -> bool:
    return place.exists() if isinstance(place, Path) else True


@contextmanager
def opened(place: Place) -> Iterator[Catalogue]:
    if isinstance(place, Path):
        with duckdb.connect(str(place), read_only=True) as file:
            yield OfDuckDB(file)
    else:
        place.wait_until_quiet()
        with place.connect() as connection:
            # Then every text names everything with its schema.
            connection.execute("SET search_path TO ''")
            yield OfPostgres(connection)


@dataclass(frozen=True)
class OfDuckDB:
    connection: duckdb.DuckDBPyConnection

    def rows(self, query: str, *values: Any) -> Rows:
        return self.connection.execute(query, list(values)).fetchall()

    def has_ledger(self) -> bool:
        return bool(self.rows("select 1 from duckdb_tables() where schema_name = 'rewind'"))

    def public(self) -> dict[Name, str]:
        found = self.rows(
            "select schema_name, view_name, sql from duckdb_views() where not internal"
            " and schema_name <> 'rewind' and not starts_with(schema_name, 'rewind_')"
        )
        return {(schema, name): text for schema, name, text in found}

    def versioned(self) -> set[Name]:
        return {
            (str(schema), str(name))
            for schema, name in self.rows(
                "select schema_name, view_name from duckdb_views() where not internal"
                " and starts_with(schema_name, 'rewind_') union all select schema_name, table_name"
                " from duckdb_tables() where starts_with(schema_name, 'rewind_')"
            )
        }


@dataclass(frozen=True)
class OfPostgres:
    connection: psycopg.Connection[Any]

    def rows(self, query: str, *values: Any) -> Rows:
        text = query.replace("%", "%%").replace("?", "%s") if values else query
        return self.connection.execute(text.encode(), values or None).fetchall()

    def has_ledger(self) -> bool:
        return bool(self.rows("select 1 from pg_tables where schemaname = 'rewind'"))

    def public(self) -> dict[Name, str]:
        found = self.rows(
            "select schemaname, viewname, definition from pg_views"
            " where schemaname not in ('pg_catalog', 'information_schema', 'rewind')"
            " and not starts_with(schemaname, 'rewind_')"
        )
        return {(schema, name): text for schema, name, text in found}

    def versioned(self) -> set[Name]:
        return {
            (str(schema), str(name))
            for schema, name in self.rows(
                "select schemaname, viewname from pg_views where starts_with(schemaname, 'rewind_')"
                " union all"
                " select schemaname, tablename from pg_tables"
                " where starts_with(schemaname, 'rewind_')"
            )
        }
