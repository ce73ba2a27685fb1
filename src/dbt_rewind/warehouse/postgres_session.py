"""One connection to PostgreSQL: statements, transactions, and what the connection leads to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from dbt_rewind.errors import CommitUnconfirmed, ConnectionLost, WarehouseError, WarehouseFailed
from dbt_rewind.warehouse import postgres_sql
from dbt_rewind.warehouse.postgres_errors import translated

Connection = psycopg.Connection[tuple[Any, ...]]

_CURSOR = "rewind_query"


class Session:
    """An open connection. `server` says for people what it leads to, `database` is the database's
    name as the catalogue has it.

    Values are bound as `$1`, `$2` and so on, so that a name with a `%` in it is nothing special.
    Every method raises WarehouseError where the driver fails; `doing` is what the error says was
    being done.
    """

    def __init__(self, connection: Connection, server: str, database: str) -> None:
        self.server = server
        self.database = database
        self._connection = connection

    def run(self, doing: str, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Executes a statement and forgets its result; without parameters, it may be several
        statements with a semicolon between."""
        self._execute(doing, sql, parameters)

    def rows(self, doing: str, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement's result."""
        cursor = self._execute(doing, sql, parameters)
        with translated(doing, self.server):
            return cursor.fetchall()

    def row(self, doing: str, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of one statement's result, None where it has none."""
        found = self.rows(doing, sql, parameters)
        return found[0] if found else None

    def changed(self, doing: str, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Executes one statement and returns how many rows it has written or deleted."""
        return self._execute(doing, sql, parameters).rowcount

    def first_rows(
        self, doing: str, sql: str, limit: int
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """The column names and at most `limit` rows of the result of `sql`, which must be a single
        SELECT; only within a transaction. The rows beyond never leave the server."""
        # The extended protocol, which a binary result asks for, takes one statement and no more;
        # and a cursor takes nothing but a query.
        with translated(doing, self.server):
            self._connection.execute(postgres_sql.declare_cursor(_CURSOR, sql), binary=True)
            result = self._connection.execute(postgres_sql.fetch_rows(_CURSOR, limit))
            columns = tuple(column.name for column in result.description or ())
            rows = result.fetchall()
            self._connection.execute(postgres_sql.close_cursor(_CURSOR))
            return columns, rows

    @contextmanager
    def transaction(self, doing: str) -> Iterator[None]:
        """Commits what is executed within, all of it; undoes all of it if anything is raised.

        Every statement sees what others have committed before it began. Raises CommitUnconfirmed
        where the connection is lost when all that is missing is the server's word.
        """
        self.run(doing, "BEGIN ISOLATION LEVEL READ COMMITTED")
        try:
            yield
            self._commit(doing)
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def reading(self, doing: str) -> Iterator[None]:
        """One consistent view of the data for what is executed within, and no writing."""
        self.run(doing, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            self._roll_back()

    def close(self) -> None:
        """Closes the connection; an open transaction is rolled back. May be called twice."""
        with translated("closing the connection", self.server):
            self._connection.close()

    def _execute(
        self, doing: str, sql: str, parameters: Sequence[Any] = ()
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        with translated(doing, self.server):
            return self._connection.execute(sql.encode(), list(parameters) or None)

    def _commit(self, doing: str) -> None:
        try:
            said = self._execute(doing, "COMMIT").statusmessage
        except ConnectionLost as lost:
            raise CommitUnconfirmed(lost.server, doing, lost.problem) from lost
        # A server answers with another word where the transaction had failed before.
        if said != "COMMIT":
            raise WarehouseFailed(doing, "the server has rolled it back")

    def _roll_back(self) -> None:
        """Ends the transaction, and the connection where that cannot be done."""
        status = self._connection.info.transaction_status
        if status is TransactionStatus.IDLE:
            return
        if status is TransactionStatus.ACTIVE:
            # A signal came in the middle of a statement, which goes on in the server.
            with suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=5)
            self._connection.close()
            return
        with suppress(WarehouseError):
            self.run("rolling back", "ROLLBACK")
            return
        self._connection.close()
