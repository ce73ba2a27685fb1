"""A long reader delays a publish, and nobody else for longer than one attempt may take."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from tests.postgres import Database, database
from tests.postgres_publish.shop import Shop

from dbt_rewind.demo.postgres_server import UNSAFE, start_postgres
from dbt_rewind.errors import PublishBlocked
from dbt_rewind.model import Patience
from dbt_rewind.warehouse.postgres import open_postgres
from dbt_rewind.warehouse.postgres_settings import postgres_settings

LOCK_TIMEOUT = 0.3
SLACK = 3.0
"""What the machine may add to any time, because others work on it."""


@pytest.fixture
def told() -> list[str]:
    return []


@contextmanager
def opened(
    database: Database, wait: float, told: list[str], lock_timeout: float = LOCK_TIMEOUT
) -> Iterator[Shop]:
    patience = Patience(timedelta(seconds=lock_timeout), timedelta(seconds=wait), tell=told.append)
    with closing(Shop(database, patience)) as shop:
        for name in ("orders", "items"):
            for release in (1, 2):
                shop.build(release, f"SELECT {release} AS id", name)
        shop.publish(1, "orders", "items")
        yield shop


@contextmanager
def reading(database: Database, *names: str, application: str = "report") -> Iterator[Any]:
    """A transaction that has read these and goes on."""
    with database.connect(application_name=application) as connection:
        connection.execute("BEGIN")
        for name in names:
            connection.execute(f"SELECT * FROM gold.{name}".encode())
        yield connection


def test_a_long_reader_is_named_and_nothing_happens(postgres: Database, told: list[str]) -> None:
    with opened(postgres, 1.0, told) as shop, reading(postgres, "orders", "items"):
        before = shop.everything(), shop.warehouse.events("prod")
        with pytest.raises(PublishBlocked) as raised:
            shop.publish(2, "orders", "items")
        (session,) = raised.value.sessions
        assert "(postgres, report) uses gold.items, gold.orders since 20" in session
        assert "idle in transaction, last query 20" in session
        assert raised.value.waited.endswith(" s")
        assert told == [f"waiting: {session}"]
        assert (shop.everything(), shop.warehouse.events("prod")) == before


def test_a_publish_comes_when_the_reader_goes(postgres: Database, told: list[str]) -> None:
    with opened(postgres, 60.0, told) as shop:
        for release in (2, 1, 2):
            with reading(postgres, "orders") as reader, ThreadPoolExecutor() as pool:
                done = pool.submit(shop.publish, release, "orders", "items")
                time.sleep(1.2)
                assert not done.done()
                assert reader.execute("SELECT id FROM gold.orders").fetchall() != [(release,)]
                reader.execute("COMMIT")
                done.result(timeout=60)
            assert shop.rows("SELECT id FROM gold.items") == [(release,)]
        assert len(told) == 3


def test_who_comes_behind_us_waits_for_one_attempt_at_the_most(
    postgres: Database, told: list[str]
) -> None:
    """The promise: no reader waits longer than the lock timeout."""
    waits: list[float] = []
    stop = threading.Event()

    def read_on() -> None:
        with postgres.connect() as connection:
            while not stop.is_set():
                began = time.monotonic()
                connection.execute("SELECT * FROM gold.orders, gold.items").fetchall()
                waits.append(time.monotonic() - began)
                time.sleep(0.01)

    with opened(postgres, 3.0, told) as shop, ThreadPoolExecutor() as pool:
        with reading(postgres, "orders"):
            readers = [pool.submit(read_on) for _ in range(2)]
            with pytest.raises(PublishBlocked):
                shop.publish(2, "orders", "items")
        stop.set()
        for reader in readers:
            reader.result(timeout=60)
    # The first attempt, which is the only one here, is a short one.
    assert 0.01 < max(waits) < LOCK_TIMEOUT + SLACK
    # While the one in the way stays, nobody is held up again.
    assert sum(1 for wait in waits if wait > 0.5 * LOCK_TIMEOUT) <= len(readers)


def test_a_reader_is_never_the_victim_of_a_deadlock(postgres: Database, told: list[str]) -> None:
    """It holds the last pointer and wants the first while we wait for the second: so it waits
    longer than we do, and would be the one that the server ends. We give up before that, however
    long we were given."""
    postgres.run(f"ALTER DATABASE {postgres.name} SET deadlock_timeout TO '600ms'")
    with opened(postgres, 60.0, told, lock_timeout=9.0) as shop, ThreadPoolExecutor() as pool:
        for release in (1, 2):
            shop.build(release, f"SELECT {release} AS id", "returns")
        shop.publish(1, "returns")
        for release in (2, 1, 2):
            with reading(postgres, "items") as second, reading(postgres, "returns") as third:
                done = pool.submit(shop.publish, release, "orders", "items", "returns")
                time.sleep(0.1)
                answer = pool.submit(third.execute, "SELECT * FROM gold.orders")
                time.sleep(0.2)
                second.execute("COMMIT")
                assert answer.result(timeout=60).fetchall()
                third.execute("COMMIT")
                done.result(timeout=60)
            assert shop.rows("SELECT id FROM gold.orders") == [(release,)]


def test_a_reader_of_a_view_of_others_is_waited_for_where_it_is_made_anew(
    postgres: Database, told: list[str]
) -> None:
    with opened(postgres, 1.0, told) as shop:
        shop.build(3, "SELECT 'a' AS label, 3 AS id")
        shop.run("CREATE VIEW mart.v AS SELECT 1 AS one FROM gold.orders")
        with postgres.connect() as reader:
            reader.execute("BEGIN; DECLARE c CURSOR FOR SELECT * FROM mart.v")
            with pytest.raises(PublishBlocked) as raised:
                shop.publish(3)
            assert any("uses gold.orders, mart.v" in session for session in raised.value.sessions)
            reader.execute("COMMIT")
        shop.publish(3)
        assert shop.rows("SELECT * FROM mart.v") == [(1,)]


def test_a_prepared_transaction_is_named(told: list[str]) -> None:
    options = {**UNSAFE, "max_prepared_transactions": "1"}
    with (
        closing(start_postgres(options)) as server,
        database(server) as postgres,
        opened(postgres, 1.0, told) as shop,
    ):
        with postgres.connect() as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT * FROM gold.orders")
            connection.execute("PREPARE TRANSACTION 'left behind'")
        with pytest.raises(PublishBlocked) as raised:
            shop.publish(2)
        postgres.run("ROLLBACK PREPARED 'left behind'")
        assert raised.value.sessions == ("a prepared transaction uses gold.orders",)


def test_a_view_that_comes_between_a_look_and_the_locks_is_carried_over(
    postgres: Database, told: list[str]
) -> None:
    with opened(postgres, 60.0, told) as shop, postgres.connect() as other:
        shop.build(3, "SELECT 'a' AS label, 3 AS id")
        other.execute("BEGIN")
        other.execute("CREATE VIEW mart.late AS SELECT id FROM gold.orders")
        with ThreadPoolExecutor() as pool:
            done = pool.submit(shop.publish, 3)
            time.sleep(0.1)
            other.execute("COMMIT")
            done.result(timeout=60)
        assert shop.rows("SELECT * FROM mart.late") == [(3,)]


def test_a_lock_that_is_missing_behind_the_first_holds_nobody_up_either(
    postgres: Database, told: list[str]
) -> None:
    """Somebody works on what the pointer is to lead to."""
    with opened(postgres, 1.0, told) as shop, postgres.connect() as other:
        other.execute("BEGIN; LOCK TABLE rewind_r2_gold.orders IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor() as pool:
            done = pool.submit(shop.publish, 2)
            began = time.monotonic()
            assert shop.rows("SELECT id FROM gold.orders") == [(1,)]
            assert time.monotonic() - began < 2 * LOCK_TIMEOUT + SLACK
            with pytest.raises(PublishBlocked) as raised:
                done.result(timeout=60)
            (session,) = raised.value.sessions
            assert "(postgres) uses rewind_r2_gold.orders since" in session
        other.execute("COMMIT")
        shop.publish(2)
        assert shop.rows("SELECT id FROM gold.orders") == [(2,)]


GIVE_ALL = """
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n
    ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v') AND n.nspname ~ '^(gold|rewind|mart)'
  LOOP EXECUTE format('ALTER TABLE %s OWNER TO {0}', found.name); END LOOP;
  FOR found IN SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^(gold|rewind|mart)'
  LOOP EXECUTE format('ALTER SCHEMA %I OWNER TO {0}', found.name); END LOOP;
END $$
"""


def test_a_publisher_that_may_not_see_what_others_do(postgres: Database, told: list[str]) -> None:
    """Without pg_read_all_stats: it knows who is in the way, but not since when."""
    stop = threading.Event()

    def read_on() -> int:
        with postgres.connect() as connection:
            while not stop.is_set():
                connection.execute("SELECT * FROM gold.orders, gold.items").fetchall()
        return 1

    with opened(postgres, 2.0, told) as shop, ThreadPoolExecutor() as pool:
        role, password = shop.role("publisher"), "no-secret-at-all"
        shop.run(f"ALTER ROLE {role} PASSWORD '{password}'", GIVE_ALL.format(role))
        shop.built()
        superuser = shop.warehouse
        settings = {**postgres.settings, "user": role, "password": password}
        shop.warehouse = open_postgres(
            postgres_settings(settings), read_only=False, patience=shop.patience
        )
        try:
            with reading(postgres, "orders"):
                with pytest.raises(PublishBlocked) as raised:
                    shop.publish(2, "orders", "items")
                (session,) = raised.value.sessions
                assert session.endswith(" (postgres, report) uses gold.orders")
            readers = [pool.submit(read_on) for _ in range(3)]
            for release in (2, 1, 2):
                shop.publish(release, "orders", "items")
        finally:
            stop.set()
            shop.warehouse.close()
            shop.warehouse = superuser
        assert [reader.result(timeout=60) for reader in readers] == [1, 1, 1]
