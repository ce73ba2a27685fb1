"""A transaction that still sees the data of yesterday never finds today's release empty."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from tests.postgres import Database
from tests.postgres_publish.shop import Shop

from dbt_rewind.errors import PublishBlocked
from dbt_rewind.model import Patience

SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ"
HASTY = Patience(timedelta(milliseconds=300), timedelta(seconds=1))
PATIENT = Patience(timedelta(milliseconds=300), timedelta(seconds=60))


def test_a_release_waits_for_snapshots_that_are_older(postgres: Database) -> None:
    with closing(Shop(postgres, HASTY)) as shop, postgres.connect() as reader:
        shop.build(1, "SELECT 1 AS id")
        shop.built()
        shop.publish(1)
        reader.execute(SNAPSHOT)
        reader.execute("SELECT * FROM mart.nothing")
        shop.build(2, "SELECT 2 AS id")
        shop.built()
        with pytest.raises(PublishBlocked) as raised:
            shop.publish(2)
        (session,) = raised.value.sessions
        assert "still sees the data as it was before the release was built" in session
        assert reader.execute("SELECT * FROM gold.orders").fetchall() == [(1,)]


def test_it_is_published_when_the_snapshot_is_given_up(postgres: Database) -> None:
    with closing(Shop(postgres, PATIENT)) as shop, postgres.connect() as reader:
        shop.build(1, "SELECT 1 AS id")
        shop.publish(1)
        reader.execute(SNAPSHOT)
        reader.execute("SELECT * FROM mart.nothing")
        shop.build(2, "SELECT 2 AS id")
        shop.built()
        with ThreadPoolExecutor() as pool:
            done = pool.submit(shop.publish, 2)
            time.sleep(1)
            assert not done.done()
            assert reader.execute("SELECT * FROM mart.nothing").fetchall() == []
            reader.execute("COMMIT")
            done.result(timeout=60)
        assert reader.execute("SELECT * FROM gold.orders").fetchall() == [(2,)]


def test_what_is_old_enough_goes_live_at_once(postgres: Database) -> None:
    """A rollback, and a release that was built before the snapshot: it sees their rows."""
    with closing(Shop(postgres, HASTY)) as shop, postgres.connect() as reader:
        for release in (1, 2):
            shop.build(release, f"SELECT {release} AS id")
            shop.built()
        shop.publish(2)
        reader.execute(SNAPSHOT)
        reader.execute("SELECT * FROM mart.nothing")
        for release in (1, 2, 1):
            shop.publish(release)
        assert reader.execute("SELECT * FROM gold.orders").fetchall() == [(1,)]


def test_rows_that_were_added_before_it_was_built_count(postgres: Database) -> None:
    """A snapshot between the making of a table and its last rows is too old as well."""
    with closing(Shop(postgres, HASTY)) as shop, postgres.connect() as reader:
        shop.build(1, "SELECT 1 AS id")
        reader.execute(SNAPSHOT)
        reader.execute("SELECT * FROM mart.nothing")
        shop.run("INSERT INTO rewind_r1_gold.orders VALUES (2)")
        shop.built()
        with pytest.raises(PublishBlocked):
            shop.publish(1)


def test_who_has_no_snapshot_is_in_nobodys_way(postgres: Database) -> None:
    """Neither a transaction that sees what is committed, nor one statement that runs for long."""
    with (
        closing(Shop(postgres, HASTY)) as shop,
        postgres.connect() as reader,
        postgres.connect() as runner,
        ThreadPoolExecutor() as pool,
    ):
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM mart.nothing")
        running = pool.submit(runner.execute, "SELECT pg_sleep(3)")
        time.sleep(0.5)
        shop.build(1, "SELECT 1 AS id")
        shop.built()
        shop.publish(1)
        assert reader.execute("SELECT * FROM gold.orders").fetchall() == [(1,)]
        assert not running.done()
        running.result(timeout=60)
