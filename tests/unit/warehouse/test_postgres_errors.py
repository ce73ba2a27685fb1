"""No exception of psycopg's leaves the adapter, and none is understood by its words."""

from __future__ import annotations

import signal
import threading
import time

import psycopg
import pytest
from psycopg import errors as states
from tests.postgres import Database

from dbt_rewind.errors import (
    ConnectionLost,
    DiskFull,
    PermissionMissing,
    WarehouseError,
    WarehouseFailed,
)
from dbt_rewind.model import Patience
from dbt_rewind.warehouse import postgres_errors
from dbt_rewind.warehouse.postgres import open_postgres
from dbt_rewind.warehouse.postgres_errors import translated
from dbt_rewind.warehouse.postgres_open import open_session
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_settings import postgres_settings

EVERY = sorted(
    {
        found
        for found in vars(states).values()
        if isinstance(found, type) and issubclass(found, psycopg.Error)
    },
    key=lambda found: found.__name__,
)
MAPPED: dict[type[psycopg.Error], type[WarehouseError]] = {
    states.DiskFull: DiskFull,
    states.InsufficientPrivilege: PermissionMissing,
    states.AdminShutdown: ConnectionLost,
    states.CrashShutdown: ConnectionLost,
    states.CannotConnectNow: ConnectionLost,
    states.ConnectionFailure: ConnectionLost,
    states.ConnectionDoesNotExist: ConnectionLost,
    psycopg.OperationalError: ConnectionLost,
    states.LockNotAvailable: WarehouseFailed,
    states.SerializationFailure: WarehouseFailed,
    states.UndefinedColumn: WarehouseFailed,
    psycopg.DataError: WarehouseFailed,
}


def raised_as(original: Exception) -> WarehouseError:
    with pytest.raises(WarehouseError) as raised, translated("reading", "shop on db"):
        raise original
    assert raised.value.__cause__ is original
    return raised.value


def test_the_drivers_exceptions_are_known() -> None:
    assert len(EVERY) > 200


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_exception_is_translated(kind: type[psycopg.Error]) -> None:
    error = raised_as(kind("what went wrong\nLINE 1: more"))
    assert isinstance(error, MAPPED.get(kind, WarehouseError))
    assert "LINE 1" not in error.message


@pytest.mark.parametrize(("kind", "ours"), MAPPED.items(), ids=lambda each: each.__name__)
def test_by_its_state_and_not_by_its_words(
    kind: type[psycopg.Error], ours: type[WarehouseError]
) -> None:
    for words in ("permission denied", "no space left on device", "server closed the connection"):
        assert type(raised_as(kind(words))) is ours


@pytest.mark.parametrize("kind", [OverflowError, UnicodeError, ValueError, RuntimeError])
def test_what_is_no_exception_of_the_drivers(kind: type[Exception]) -> None:
    assert isinstance(raised_as(kind("what went wrong")), WarehouseFailed)


def test_what_is_behind_a_failure() -> None:
    causes = {
        states.UniqueViolation: {postgres_errors.is_conflict},
        states.DuplicateTable: {postgres_errors.is_conflict},
        states.SerializationFailure: {postgres_errors.is_conflict},
        states.LockNotAvailable: {postgres_errors.is_conflict, postgres_errors.is_lock_timeout},
        states.QueryCanceled: {postgres_errors.is_lock_timeout},
        states.DeadlockDetected: {postgres_errors.is_conflict, postgres_errors.is_deadlock},
        states.UndefinedTable: {postgres_errors.is_unknown_relation},
        states.InvalidSchemaName: {postgres_errors.is_unknown_relation},
        states.SyntaxError: set(),
    }
    asked = (
        postgres_errors.is_conflict,
        postgres_errors.is_lock_timeout,
        postgres_errors.is_deadlock,
        postgres_errors.is_unknown_relation,
    )
    for kind, answers in causes.items():
        error = raised_as(kind("words"))
        assert {each for each in asked if each(error)} == answers, kind


@pytest.fixture
def session(postgres: Database) -> Session:
    return open_session(postgres_settings(postgres.settings), read_only=False)


def test_a_server_that_ends_the_connection(postgres: Database, session: Session) -> None:
    ((pid,),) = session.rows("asking", "SELECT pg_backend_pid()")
    postgres.run(f"SELECT pg_terminate_backend({pid})")
    with pytest.raises(ConnectionLost), session.transaction("working"):
        session.run("working", "SELECT 1")
    with pytest.raises(ConnectionLost):
        session.run("working", "SELECT 1")
    session.close()
    session.close()


def fail_and_go_on(session: Session) -> None:
    with session.transaction("working"):
        session.run("working", "CREATE TABLE t ()")
        with pytest.raises(WarehouseFailed):
            session.run("working", "SELECT 1 / 0")


def test_a_transaction_that_has_failed_is_not_taken_for_committed(
    postgres: Database, session: Session
) -> None:
    with pytest.raises(WarehouseFailed, match="rolled it back"):
        fail_and_go_on(session)
    assert postgres.rows("SELECT to_regclass('t')") == [(None,)]
    session.close()


def make_and_sleep(session: Session) -> None:
    with session.transaction("working"):
        session.run("working", "CREATE TABLE t ()")
        session.run("working", "SELECT pg_sleep(60)")


def test_an_interruption_leaves_no_statement_behind(postgres: Database, session: Session) -> None:
    began = time.monotonic()
    interruption = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
    interruption.start()
    with pytest.raises(KeyboardInterrupt):
        make_and_sleep(session)
    interruption.join()
    assert time.monotonic() - began < 50
    session.close()
    running = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND state = 'active'"
    while postgres.rows(running):
        time.sleep(0.05)
    assert postgres.rows("SELECT to_regclass('t')") == [(None,)]


def read_secret(session: Session, role: str) -> None:
    with session.transaction("working"):
        session.run("working", f"SET LOCAL ROLE {role}")
        session.run("working", "SELECT * FROM secret")


def test_a_permission_that_is_missing_is_named(postgres: Database, session: Session) -> None:
    role = f"{postgres.name}_nobody"
    postgres.run("CREATE TABLE secret ()", f"CREATE ROLE {role}")
    with pytest.raises(PermissionMissing, match="secret"):
        read_secret(session, role)
    session.close()
    postgres.run(f"DROP ROLE {role}")


REFUSED = {
    "two statements": "SELECT 1; SELECT 2",
    "no query": "DROP TABLE mine",
    "a writing query": "DELETE FROM mine RETURNING 1",
    "the end of our transaction": "COMMIT",
    "no SQL": "selec",
    "a query that writes": "SELECT nextval('numbers')",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_users_query_is_one_select(postgres: Database, kind: str) -> None:
    postgres.run("CREATE TABLE mine AS SELECT 1 AS n", "CREATE SEQUENCE numbers")
    settings = postgres_settings(postgres.settings)
    warehouse = open_postgres(settings, read_only=False, patience=Patience())
    with pytest.raises(WarehouseFailed):
        warehouse.query(REFUSED[kind], limit=5)
    assert warehouse.query('SELECT n AS "a%s" FROM mine -- all\n;', limit=5).columns == ("a%s",)
    assert warehouse.query("SELECT * FROM generate_series(1, 1000000)", limit=2).rows == (
        (1,),
        (2,),
    )
    warehouse.close()
