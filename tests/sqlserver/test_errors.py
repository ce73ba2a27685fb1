"""The driver's exceptions become ours by the number that our batches throw, or by SQLSTATE."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from mssql_python import exceptions as driver
from mssql_python.exceptions import sqlstate_to_exception
from tests.sqlserver.double import ServerDouble, Thrown

from dbt_rewind.errors import (
    ConnectionLost,
    DiskFull,
    LoginRefused,
    PermissionMissing,
    WarehouseError,
    WarehouseFailed,
    WarehouseUnreachable,
)
from dbt_rewind.warehouse import sqlserver_open
from dbt_rewind.warehouse.sqlserver_errors import (
    failure,
    is_conflict,
    is_in_the_way,
    is_lock_timeout,
    is_unknown_relation,
    place_of,
    translated,
)
from dbt_rewind.warehouse.sqlserver_open import open_session, replaces_views
from dbt_rewind.warehouse.sqlserver_settings import SqlServerSettings

SETTINGS = SqlServerSettings("Server=s;PWD=geheim", place="shop on s", retries=2)


def ours(error: Exception) -> WarehouseError:
    try:
        with translated("a test", "shop on s"):
            raise error
    except WarehouseError as told:
        return told


def number(value: int, place: int = 0, words: str = "It's 100 % so.") -> WarehouseError:
    return ours(Thrown(value, words).as_driver(place))


def state(value: str) -> driver.Exception:
    found = sqlstate_to_exception(value, "[Microsoft][ODBC Driver 18 for SQL Server]words")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1105, DiskFull),
        (9002, DiskFull),
        (229, PermissionMissing),
        (262, PermissionMissing),
        (2760, PermissionMissing),
        (208, WarehouseFailed),
        (1222, WarehouseFailed),
        (40613, WarehouseFailed),
        (102, WarehouseFailed),
    ],
)
def test_by_number(value: int, kind: type[WarehouseError]) -> None:
    told = number(value)
    assert type(told) is kind
    if isinstance(told, WarehouseFailed | PermissionMissing):
        assert told.problem == "It's 100 % so."


def test_what_a_number_means() -> None:
    assert {n for n in range(60_000) if is_in_the_way(number(n))} == {
        *(615, 926, 1205, 1222, 4221, 10928, 10929, 40197, 40501, 40613, 49918, 49919, 49920)
    }
    assert is_lock_timeout(number(1222))
    assert is_unknown_relation(number(208))
    assert all(is_conflict(number(n)) for n in (1205, 1222, 2601, 2627, 2714))
    assert not is_conflict(number(207))


def test_the_place_in_a_batch() -> None:
    assert place_of(number(207, place=7)) == 7
    assert place_of(ours(ValueError("no"))) == 0


@pytest.mark.parametrize("value", ["08S01", "08003", "HYT01"])
def test_a_lost_connection(value: str) -> None:
    assert isinstance(ours(state(value)), ConnectionLost)


def test_whatever_else_is_told_in_one_line() -> None:
    assert str(failure(ValueError("first\nsecond"), "a test", "s")) == "a test failed: first"
    assert str(failure(ValueError(), "a test", "s")) == "a test failed: ValueError"
    told = failure(state("42000"), "a test", "s")
    assert isinstance(told, WarehouseFailed)
    assert told.problem == "[Microsoft]words"


class Refusing(ServerDouble):
    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)

    def connect(self, connection_string: str, **options: object):  # type: ignore[no-untyped-def]
        if self.errors:
            raise self.errors.pop(0)
        return super().connect(connection_string, **options)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def test_connecting_is_tried_again(pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlserver_open, "mssql_python", Refusing(state("08001"), state("HYT00")))
    session = open_session(SETTINGS, read_only=False, wait=timedelta(seconds=1))
    assert session.database == "shop"
    assert pauses == [1, 4]


@pytest.mark.parametrize(
    ("value", "kind", "tries"),
    [
        ("28000", LoginRefused, 1),
        ("42000", WarehouseUnreachable, 1),
        ("08001", WarehouseUnreachable, 3),
    ],
)
def test_a_connection_that_cannot_be_had(
    value: str,
    kind: type[WarehouseError],
    tries: int,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlserver_open, "mssql_python", Refusing(*[state(value)] * 9))
    with pytest.raises(kind) as raised:
        open_session(SETTINGS, read_only=False, wait=timedelta(seconds=1))
    assert len(pauses) == tries - 1
    assert "geheim" not in repr(raised.value) + str(raised.value)
    assert raised.value.__suppress_context__


def test_a_driver_that_cannot_be_loaded(
    pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    unloaded = driver.OperationalError("Connection operation failed", "Failed to load the driver.")
    monkeypatch.setattr(sqlserver_open, "mssql_python", Refusing(unloaded))
    with pytest.raises(WarehouseFailed, match=r"Failed to load the driver.*libltdl7"):
        open_session(SETTINGS, read_only=False, wait=timedelta(seconds=1))
    assert pauses == []


@pytest.mark.parametrize(
    ("version", "edition", "babelfish", "expected"),
    [
        ("16.0.4000.1", 3, None, True),
        ("13.0.4001.0", 2, None, True),
        ("13.0.1601.5", 2, None, False),
        ("12.0.2000.8", 3, None, False),
        ("12.0.2000.8", 5, None, True),
        ("12.0.2000.8", 8, None, True),
        ("12.0.2000.8", 2, 1, False),
        ("17.0.1000.7", 3, None, True),
    ],
)
def test_who_knows_create_or_alter(
    version: str, edition: int, babelfish: int | None, expected: bool
) -> None:
    assert replaces_views(version, edition, babelfish) == expected
