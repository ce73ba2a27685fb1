"""The one place where the exceptions of mssql-python become ours, by the server's error number and
never by its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from mssql_python import exceptions as driver

from dbt_rewind.errors import (
    ConnectionLost,
    DiskFull,
    PermissionMissing,
    WarehouseError,
    WarehouseFailed,
)

_THROWN = re.compile(r"rewind:(\d+):(\d+):(.*)", re.DOTALL)
"""What our own batches throw: see `sqlserver_batch`."""

_LOCK_TIMEOUT: Final = 1222
_DEADLOCK: Final = 1205
_UNKNOWN_RELATION: Final = 208
_TAKEN: Final = {2714, 2759, 15335}
_TWICE: Final = {2601, 2627}
_FULL: Final = {1101, 1105, 9002, 40544}
_BROKEN: Final = {207, 208, 4121, 4413, 4502, 4506}
_DAMAGED: Final = {605, 823, 824, 5242, 5243, *range(8900, 9000)}
_DENIED: Final = {229, 230, 262, 297, 300, 916, 1088, 2557, 2571, 2760, 7983, 15151, 15247}
_PASSING: Final = {615, 926, 4221, 10928, 10929, 40197, 40501, 40613, 49918, 49919, 49920}
"""What Azure SQL says when it moves a database or has too much to do."""

_LOST_STATES: Final = ("08001", "08003", "08004", "08007", "08S01", "01002", "HYT01")

LOGIN_STATES: Final = ("28000",)
"""SQLSTATEs of a login that is refused."""

PASSING_STATES: Final = ("08001", "08004", "08S01", "HYT00", "HYT01")
"""SQLSTATEs of a connection that may be had in a moment."""


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
    number = _number(error)
    if number in _FULL:
        return DiskFull(server)
    if number in _DENIED:
        return PermissionMissing(doing, problem)
    if number is None and is_state(error, _LOST_STATES):
        return ConnectionLost(server, doing, problem)
    return WarehouseFailed(doing, problem)


def words_of(error: Exception) -> str:
    """One line of what the server or the driver says of it."""
    thrown = _thrown(error)
    said = thrown[3] if thrown else getattr(error, "ddbc_error", "") or str(error)
    return said.strip().split("\n", 1)[0] or type(error).__name__


def place_of(error: BaseException) -> int:
    """Which statement of a batch of many it was, from 1 on; 0 where it was none of them."""
    thrown = _thrown(error.__cause__)
    return int(thrown[2]) if thrown else 0


def number_of(error: BaseException) -> int | None:
    """The server's number for what one of our errors came of; None where the driver did not tell
    it, because the server never ran the batch or the connection ended with it."""
    return _number(error.__cause__)


def is_conflict(error: BaseException) -> bool:
    """Whether another transaction got in first, or stands in the way."""
    return number_of(error) in {_LOCK_TIMEOUT, _DEADLOCK, *_TAKEN, *_TWICE}


def is_lock_timeout(error: BaseException) -> bool:
    """Whether a lock was not to be had in the time that it may take."""
    return number_of(error) == _LOCK_TIMEOUT


def is_in_the_way(error: BaseException) -> bool:
    """Whether the same may succeed in a moment, because others are done then."""
    return number_of(error) in {_LOCK_TIMEOUT, _DEADLOCK, *_PASSING}


def is_broken_relation(error: BaseException) -> bool:
    """Whether a statement failed because what it names, or what that needs, is not there."""
    return number_of(error) in _BROKEN


def is_damage(error: BaseException) -> bool:
    """Whether a statement failed because of what stands in the database's files."""
    return number_of(error) in _DAMAGED


def is_unknown_relation(error: BaseException) -> bool:
    """Whether a statement failed because it names a table that is not there."""
    return number_of(error) == _UNKNOWN_RELATION


def is_state(error: BaseException | None, states: tuple[str, ...]) -> bool:
    """Whether the driver's exception is one of these SQLSTATEs.

    The driver drops the state and keeps a sentence of its own for each, so that it is the sentence
    that is compared: with what the same driver says of the state.
    """
    told = getattr(error, "driver_error", None)
    return told is not None and told in {_sentence(state) for state in states}


@cache
def _sentence(state: str) -> str:
    known = driver.sqlstate_to_exception(state, "")
    return known.driver_error if known else f"An error occurred with SQLSTATE code: {state}"


def _number(error: BaseException | None) -> int | None:
    thrown = _thrown(error)
    return int(thrown[1]) if thrown else None


def _thrown(error: BaseException | None) -> re.Match[str] | None:
    return _THROWN.search(getattr(error, "ddbc_error", None) or "")
