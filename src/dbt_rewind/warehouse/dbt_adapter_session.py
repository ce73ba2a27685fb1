"""One connection through the door: statements, transactions, errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.warehouse.dbt_adapter_channel import (
    Channel,
    ChannelClosed,
    DriverRefused,
    Rows,
)
from dbt_rewind.warehouse.dbt_adapter_dialect import Dialect
from dbt_rewind.warehouse.dbt_adapter_sql import rendered


class Session:
    """An open connection that speaks `dialect`; `database` is where the ledger is.

    Every method raises WarehouseFailed where the driver refuses; `doing` is what the error says was
    being done. This is the one place where the driver's errors become ours.
    """

    def __init__(
        self, channel: Channel, dialect: Dialect, *, read_only: bool, database: str = ""
    ) -> None:
        self.dialect = dialect
        self.database = database
        self._channel = channel
        self._read_only = read_only

    @property
    def adapter_version(self) -> str:
        return self._channel.adapter_version

    def rows(self, doing: str, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query's result."""
        return list(self.answer(doing, sql, values).rows)

    def row(self, doing: str, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query's result, None where it has none."""
        found = self.rows(doing, sql, values)
        return found[0] if found else None

    def answer(self, doing: str, sql: str, values: Sequence[Any] = ()) -> Rows:
        """A query's result with the names of its columns."""
        return self._run(doing, sql, values, fetch=True)

    def run(self, doing: str, sql: str, values: Sequence[Any] = ()) -> None:
        """Executes a statement that changes something."""
        self.require_writable(doing)
        self._run(doing, sql, values, fetch=False)

    def require_writable(self, doing: str) -> None:
        if self._read_only:
            raise WarehouseFailed(doing, "the warehouse was opened read-only")

    def prepare_connection(self) -> None:
        """What the dialect wants on a new connection."""
        for statement in self.dialect.on_open:
            self._run("preparing the connection", statement, (), fetch=False)

    @contextmanager
    def transaction(self, doing: str) -> Iterator[None]:
        """Commits what is executed within, all of it; undoes all of it if anything is raised. Where
        the warehouse has no transactions, each statement takes effect by itself."""
        if self.dialect.begin is None:
            yield
            return
        self.run(doing, self.dialect.begin)
        try:
            yield
            self.run(doing, "COMMIT")
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def reading(self, doing: str) -> Iterator[None]:
        """One consistent view for what is executed within, and no writing, where the warehouse can
        say so."""
        if self.dialect.begin_reading is None:
            yield
            return
        self._run(doing, self.dialect.begin_reading, (), fetch=False)
        try:
            yield
        finally:
            self._roll_back()

    def close(self) -> None:
        """Closes the connection; an open transaction is rolled back. May be called twice."""
        self._channel.close()

    def _roll_back(self) -> None:
        # The warehouse may have ended the transaction itself, as it does when a commit fails.
        with suppress(DriverRefused, ChannelClosed):
            self._channel.run("ROLLBACK", None, fetch=False)

    def _run(self, doing: str, sql: str, values: Sequence[Any], *, fetch: bool) -> Rows:
        text, bindings = rendered(self.dialect, sql, values)
        try:
            return self._channel.run(text, bindings, fetch=fetch)
        except DriverRefused as refused:
            raise WarehouseFailed(doing, _first_line(refused)) from refused
        except ChannelClosed as closed:
            raise WarehouseFailed(doing, str(closed)) from closed


def is_missing(dialect: Dialect, error: BaseException) -> bool:
    """Whether a statement failed because a relation or schema that it names does not exist."""
    return _is_called(error, dialect.missing)


def is_broken(dialect: Dialect, error: BaseException) -> bool:
    """Whether a statement failed because what it names, or what that needs, is not there or is no
    longer what it was."""
    return _is_called(error, dialect.missing | dialect.broken)


def is_conflict(dialect: Dialect, error: BaseException) -> bool:
    """Whether another process got in first."""
    return _is_called(error, dialect.conflict)


def _is_called(error: BaseException, names: frozenset[str]) -> bool:
    cause = error.__cause__
    return isinstance(cause, DriverRefused) and not names.isdisjoint(cause.names)


def _first_line(refused: DriverRefused) -> str:
    lines = [line.strip() for line in refused.words.splitlines() if line.strip()]
    return f"{lines[0]} ({refused.kind})" if lines else refused.kind
