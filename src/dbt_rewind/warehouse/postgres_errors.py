"""The one place where psycopg's exceptions become ours, by SQLSTATE and never by the words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors as states

from dbt_rewind.errors import (
    ConnectionLost,
    DiskFull,
    PermissionMissing,
    WarehouseError,
    WarehouseFailed,
)

_FATAL = ("FATAL", "PANIC")
_CONFLICTS = (
    states.SerializationFailure,
    states.DeadlockDetected,
    states.UniqueViolation,
    states.DuplicateTable,
    states.DuplicateSchema,
    states.LockNotAvailable,
)
_UNKNOWN = (states.UndefinedTable, states.InvalidSchemaName)


@contextmanager
def translated(doing: str, server: str) -> Iterator[None]:
    """Lets no exception of the driver out: what is raised within is raised as a WarehouseError with
    the driver's exception as its cause. Only calls of the driver belong within."""
    try:
        yield
    except Exception as error:
        raise failure(error, doing, server) from error


def failure(error: Exception, doing: str, server: str) -> WarehouseError:
    """Our error for the driver's; `server` is what the connection leads to."""
    problem = words_of(error)
    if isinstance(error, states.DiskFull):
        return DiskFull(server)
    if isinstance(error, states.InsufficientPrivilege):
        return PermissionMissing(doing, problem)
    if _is_lost(error):
        return ConnectionLost(server, doing, problem)
    return WarehouseFailed(doing, problem)


def words_of(error: Exception) -> str:
    """One line of what the server or the driver says of it."""
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return (said or str(error) or type(error).__name__).strip().split("\n", 1)[0]


def is_conflict(error: BaseException) -> bool:
    """Whether another transaction got in first, or stands in the way."""
    return isinstance(error.__cause__, _CONFLICTS)


def is_lock_timeout(error: BaseException) -> bool:
    """Whether a lock was not to be had in the time that it may take: of the one lock, or of the
    whole statement that took locks."""
    return isinstance(error.__cause__, states.LockNotAvailable | states.QueryCanceled)


def is_deadlock(error: BaseException) -> bool:
    """Whether the server chose our transaction to end a deadlock."""
    return isinstance(error.__cause__, states.DeadlockDetected)


def is_broken_relation(error: BaseException) -> bool:
    """Whether a statement failed because what it names, or what that needs, is not there."""
    cause = error.__cause__
    return isinstance(cause, psycopg.Error) and (cause.sqlstate or "")[:2] in {"3F", "42"}


def is_damage(error: BaseException) -> bool:
    """Whether a statement failed because of what stands in the database's files: corrupted data or
    indexes, and what the server calls internal; files that are missing or cannot be read."""
    cause = error.__cause__
    return isinstance(cause, psycopg.Error) and (
        (cause.sqlstate or "").startswith("XX") or cause.sqlstate in {"58P01", "58030"}
    )


def is_unknown_relation(error: BaseException) -> bool:
    """Whether a statement failed because it names a table or schema that is not there."""
    return isinstance(error.__cause__, _UNKNOWN)


def dependents_told(error: BaseException) -> str:
    """What the server says needs that which was to be dropped; nothing where another cause kept
    that from being dropped."""
    cause = error.__cause__
    if not isinstance(cause, states.DependentObjectsStillExist):
        return ""
    return "; ".join((cause.diag.message_detail or "").splitlines())


def _is_lost(error: Exception) -> bool:
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is None:
        # What the server does not say itself, libpq says as an operational error.
        return isinstance(error, psycopg.OperationalError)
    return (
        error.diag.severity_nonlocalized in _FATAL
        or error.sqlstate.startswith("08")
        or isinstance(error, states.AdminShutdown | states.CrashShutdown | states.CannotConnectNow)
    )
