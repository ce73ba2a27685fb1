"""One connection to DuckDB: statements, transactions, and what the connection leads to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import duckdb

from dbt_rewind.warehouse.duckdb_errors import translated


class Session:
    """An open connection. `path` is the file, `database` the name of its catalogue.

    Every method raises WarehouseError where the driver fails; `doing` is what the error says was
    being done.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: str, database: str) -> None:
        self.path = path
        self.database = database
        self._connection = connection

    def run(self, doing: str, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Executes one statement and forgets its result."""
        with translated(doing, self.path):
            self._connection.execute(sql, list(parameters))

    def rows(self, doing: str, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement's result."""
        with translated(doing, self.path):
            return self._connection.execute(sql, list(parameters)).fetchall()

    def row(self, doing: str, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of one statement's result, None where it has none."""
        found = self.rows(doing, sql, parameters)
        return found[0] if found else None

    def first_rows(
        self, doing: str, sql: str, limit: int
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """The column names and at most `limit` rows of one statement's result."""
        with translated(doing, self.path):
            result = self._connection.execute(sql)
            columns = tuple(str(column[0]) for column in result.description or ())
            return columns, result.fetchmany(limit)

    def is_one_select(self, doing: str, sql: str) -> bool:
        """Whether `sql` is a single statement that DuckDB's parser takes for a SELECT."""
        with translated(doing, self.path):
            statements = self._connection.extract_statements(sql)
        return len(statements) == 1 and statements[0].type == duckdb.StatementType.SELECT

    @contextmanager
    def transaction(self, doing: str) -> Iterator[None]:
        """Commits what is executed within, all of it; undoes all of it if anything is raised."""
        self.run(doing, "BEGIN TRANSACTION")
        try:
            yield
            self.run(doing, "COMMIT")
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def reading(self, doing: str) -> Iterator[None]:
        """One consistent view of the data for what is executed within, and no writing."""
        self.run(doing, "BEGIN TRANSACTION READ ONLY")
        try:
            yield
        finally:
            self._roll_back()

    def close(self) -> None:
        """Closes the connection; an open transaction is rolled back. May be called twice."""
        with translated("closing the database", self.path):
            self._connection.close()

    def _roll_back(self) -> None:
        # DuckDB may have ended the transaction itself, as it does when a commit fails.
        with suppress(duckdb.Error):
            self._connection.execute("ROLLBACK")
