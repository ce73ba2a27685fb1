"""The one place where DuckDB's exceptions become ours."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from dbt_rewind.errors import DiskFull, WarehouseError, WarehouseFailed, WarehouseLocked

_HOLDER = re.compile(r"\(PID (\d+)\)")
_LOCKED = "Could not set lock on file"
_CORRUPT = "Corrupt database file"
_INTERRUPTED = "Query interrupted"
_NO_SPACE = os.strerror(errno.ENOSPC)


@contextmanager
def translated(doing: str, path: str) -> Iterator[None]:
    """Lets no exception of the driver out: what is raised within is raised as a WarehouseError with
    the driver's exception as its cause. Only calls of the driver belong within.

    Raises KeyboardInterrupt, or what else a signal's handler raised, where that stopped a query.
    """
    try:
        yield
    except Exception as error:
        _raise_interrupt(error)
        raise failure(error, doing, path) from error


@contextmanager
def translated_without_words(doing: str, path: str) -> Iterator[None]:
    """Like `translated`, for statements that may carry a secret: the driver likes to repeat them,
    so that only the kind of its exception is told, and the exception itself is dropped."""
    try:
        yield
    except Exception as error:
        _raise_interrupt(error)
        told = failure(error, doing, path)
        if isinstance(told, WarehouseFailed):
            told = WarehouseFailed(doing, type(error).__name__)
        raise told from None


def failure(error: Exception, doing: str, path: str) -> WarehouseError:
    """Our error for the driver's.

    DuckDB says that a file is locked, by whom, that a disk is full, that a block is damaged and
    that a signal came in its message and nowhere else (one class, no error number), so that in this
    module, and only here, messages are read.
    """
    message = str(error)
    if isinstance(error, duckdb.IOException) and _LOCKED in message:
        holder = _HOLDER.search(message)
        return WarehouseLocked(path, int(holder[1]) if holder else None)
    if isinstance(error, duckdb.Error) and _NO_SPACE in message:
        return DiskFull(path)
    return WarehouseFailed(doing, message.split("\n", 1)[0])


def _raise_interrupt(error: Exception) -> None:
    # DuckDB 1 keeps what the signal's handler raised as the cause, DuckDB 2 forgets it.
    if isinstance(error, RuntimeError) and _INTERRUPTED in str(error):
        raise error.__cause__ or KeyboardInterrupt


def is_conflict(error: BaseException) -> bool:
    """Whether another transaction got in first, as far as the driver's exception can tell."""
    return isinstance(error.__cause__, duckdb.TransactionException | duckdb.ConstraintException)


def is_broken_relation(error: BaseException) -> bool:
    """Whether a statement failed because what it names, or what that needs, is not there or is no
    longer what it was."""
    return isinstance(error.__cause__, duckdb.CatalogException | duckdb.BinderException)


def is_damage(error: BaseException) -> bool:
    """Whether a statement failed because of what stands in the file. Errors that DuckDB calls
    internal or fatal are none: they may be its own, and it refuses everything after them."""
    cause = error.__cause__
    return isinstance(cause, duckdb.SerializationException) or (
        isinstance(cause, duckdb.Error) and _CORRUPT in str(cause)
    )


def is_unknown_relation(error: BaseException) -> bool:
    """Whether a statement failed because the catalogue lacks something that it names."""
    return isinstance(error.__cause__, duckdb.CatalogException)
