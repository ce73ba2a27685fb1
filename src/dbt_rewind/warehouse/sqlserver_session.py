"""One connection to SQL Server: statements, transactions, and what the connection leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from dbt_rewind.errors import WarehouseError, WarehouseFailed
from dbt_rewind.warehouse.sqlserver_batch import batch_of_many, batch_of_one
from dbt_rewind.warehouse.sqlserver_errors import translated

BEGIN = "BEGIN TRANSACTION;"
COMMIT = "COMMIT TRANSACTION;"
ROLLBACK = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;"


class Connection(Protocol):
    """What we use of the driver's connection."""

    def cursor(self) -> Any: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Server:
    """What a connection leads to: `label` says it for people; `database` and `default_schema` are
    as the catalogue has them; `replaces_views`: it knows CREATE OR ALTER."""

    label: str
    database: str
    default_schema: str
    version: str
    collation: str
    replaces_views: bool


class Session:
    """An open connection.

    Values are given by name and stand in a statement as `@name`. Every method raises WarehouseError
    where the driver fails; `doing` is what the error says was being done. `connect` makes another
    connection to the same database.
    """

    def __init__(
        self,
        connection: Connection,
        server: Server,
        *,
        read_only: bool,
        connect: Callable[[], Connection],
    ) -> None:
        self.server = server
        self._connect = connect
        self._connection = connection
        self._read_only = read_only
        self._in_transaction = False
        self._is_broken = False
        self._is_closed = False

    @property
    def database(self) -> str:
        return self.server.database

    def run(self, doing: str, sql: str, **values: Any) -> None:
        """Executes one statement that changes something, and forgets its result."""
        self._require_writable(doing)
        self._result(doing, batch_of_one(sql, tuple(values)), tuple(values.values()))

    def run_all(self, doing: str, statements: Sequence[str], wait: timedelta) -> None:
        """Executes statements that change something in one round trip; in all, they wait no longer
        than `wait` for locks. `place_of` tells of an error which one it was."""
        self._require_writable(doing)
        if statements:
            self._result(doing, batch_of_many(statements, wait), ())

    def rows(self, doing: str, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """All rows of one statement's result."""
        return self._result(doing, batch_of_one(sql, tuple(values)), tuple(values.values()))

    def row(self, doing: str, sql: str, **values: Any) -> tuple[Any, ...] | None:
        """The first row of one statement's result, None where it has none."""
        found = self.rows(doing, sql, **values)
        return found[0] if found else None

    def changed(self, doing: str, sql: str, **values: Any) -> int:
        """Executes one statement that changes something and ends by selecting how many rows."""
        self._require_writable(doing)
        return int(self.rows(doing, sql, **values)[0][0])

    def first_rows(
        self, doing: str, sql: str, limit: int
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """The column names and at most `limit` rows of one statement's result."""
        self._require_whole(doing)
        with translated(doing, self.server.label):
            cursor = self._connection.cursor()
            try:
                cursor.execute(batch_of_one(sql))
                columns = tuple(str(column[0]) for column in cursor.description or ())
                rows = cursor.fetchmany(limit) if columns else ()
                return columns, [tuple(row) for row in rows]
            finally:
                cursor.close()

    @contextmanager
    def transaction(self, doing: str) -> Iterator[None]:
        """Commits what is executed within, all of it; undoes all of it if anything is raised.

        An error within ends the transaction in the server, so that nothing more can be executed
        until this block is left.
        """
        self._require_writable(doing)
        self._begin(doing)
        try:
            yield
            self._direct(doing, COMMIT)
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._in_transaction = False

    @contextmanager
    def undone(self, doing: str) -> Iterator[None]:
        """Undoes what is executed within, whatever it was."""
        self._begin(doing)
        try:
            yield
        finally:
            self._roll_back()
            self._in_transaction = False

    def reconnect(self) -> None:
        """Takes another connection in the place of one that was lost. Raises WarehouseError."""
        with suppress(WarehouseError):
            self.close()
        self._connection = self._connect()
        self._is_closed = False

    def close(self) -> None:
        """Closes the connection; an open transaction is rolled back. May be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        with translated("closing the connection", self.server.label):
            self._connection.close()

    def _begin(self, doing: str) -> None:
        self._direct(doing, BEGIN)
        self._in_transaction = True

    def _result(self, doing: str, text: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            return self._direct(doing, text, values)
        except BaseException:
            self._is_broken = self._in_transaction
            raise

    def _direct(self, doing: str, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self._require_whole(doing)
        with translated(doing, self.server.label):
            return _executed(self._connection.cursor(), text, values)

    def _require_whole(self, doing: str) -> None:
        if self._is_closed:
            raise WarehouseFailed(doing, "the warehouse is closed")
        if self._is_broken:
            raise WarehouseFailed(doing, "the transaction has failed before")

    def _require_writable(self, doing: str) -> None:
        if self._read_only:
            raise WarehouseFailed(doing, "the warehouse was opened read-only")

    def _roll_back(self) -> None:
        """Ends the transaction, and the connection where that cannot be done."""
        self._is_broken = False
        try:
            # Not under TRY: what is executed there would have to leave the transaction as it was.
            self._direct("rolling back", ROLLBACK)
        except WarehouseError:
            with suppress(WarehouseError):
                self.close()


def _executed(cursor: Any, text: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    try:
        cursor.execute(text, *([tuple(values)] if values else []))
        # An error behind a result is told only to who asks for the next result.
        while True:
            if cursor.description:
                found += [tuple(row) for row in cursor.fetchall()]
            if not cursor.nextset():
                return found
    finally:
        cursor.close()
