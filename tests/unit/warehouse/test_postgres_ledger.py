"""The ledger and the lease in PostgreSQL, with several connections at once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import Any

import psycopg
import pytest
from tests.conformance.operation import ALIVE, ELSEWHERE, MINUTE, NOW
from tests.postgres import Database

from dbt_rewind.errors import LeaseLost, LockHeld, PermissionMissing, WarehouseFailed
from dbt_rewind.model import EventKind, Lease, next_event
from dbt_rewind.warehouse.connect import connect
from dbt_rewind.warehouse.protocol import LEDGER_VERSION, Warehouse

Open = Callable[..., Warehouse]


@pytest.fixture
def opening(postgres: Database) -> Iterator[Open]:
    opened: list[Warehouse] = []

    def one(*, read_only: bool = False, **settings: Any) -> Warehouse:
        given = {**postgres.settings, **settings}
        opened.append(connect("postgres", given, Path(), read_only=read_only))
        return opened[-1]

    yield one
    for warehouse in opened:
        warehouse.close()


def waits(postgres: Database) -> bool:
    """Whether somebody waits for a lock, before long."""
    for _ in range(600):
        asked = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'"
        )
        if postgres.rows(asked.replace("$1", "%s"), postgres.name) != [(0,)]:
            return True
        sleep(0.01)
    return False


def test_many_make_the_ledger_at_once(postgres: Database, opening: Open) -> None:
    warehouses = [opening() for _ in range(12)]
    start = threading.Barrier(len(warehouses))

    def prepare(warehouse: Warehouse) -> Lease | str:
        start.wait()
        warehouse.prepare()
        try:
            return warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
        except LockHeld as held:
            return held.environment

    with ThreadPoolExecutor(len(warehouses)) as pool:
        outcomes = list(pool.map(prepare, warehouses))
    taken = [each for each in outcomes if isinstance(each, Lease)]
    assert [each.fence for each in taken] == [1]
    assert len(outcomes) - len(taken) == 11
    assert postgres.rows("SELECT count(*) FROM rewind.ledger") == [(1,)]


@pytest.mark.parametrize("round_", range(5))
def test_of_many_takers_of_an_expired_lease_one_has_it(opening: Open, round_: int) -> None:
    warehouses = [opening() for _ in range(6)]
    warehouses[0].prepare()
    for _ in range(round_):
        warehouses[0].release_lease(warehouses[0].acquire_lease("prod", ALIVE, NOW, MINUTE))
    warehouses[0].acquire_lease("prod", ELSEWHERE, NOW, MINUTE)
    start = threading.Barrier(len(warehouses))

    def take(warehouse: Warehouse) -> int:
        start.wait()
        try:
            return warehouse.acquire_lease("prod", ALIVE, NOW + MINUTE, MINUTE).fence
        except LockHeld:
            return 0

    with ThreadPoolExecutor(len(warehouses)) as pool:
        fences = sorted(pool.map(take, warehouses))
    assert fences == [0] * 5 + [round_ + 2]


def test_who_publishes_cannot_lose_the_lease_meanwhile(postgres: Database, opening: Open) -> None:
    ours, theirs = opening(), opening()
    ours.prepare()
    lease = ours.acquire_lease("prod", ELSEWHERE, NOW, MINUTE)
    with postgres.connect() as holding, ThreadPoolExecutor(1) as pool:
        with holding.transaction():
            # As the publishing transaction does it.
            holding.execute("SELECT FROM rewind.lease WHERE fence = 1 AND held FOR NO KEY UPDATE")
            later = NOW + MINUTE
            taken = pool.submit(theirs.acquire_lease, "prod", ALIVE, later, MINUTE)
            assert waits(postgres)
            assert not taken.done()
        assert taken.result(60).fence == 2
    with pytest.raises(LeaseLost):
        ours.commit(next_event(None, "prod", NOW, EventKind.STARTED, {}), lease)


def test_who_may_not_take_it_does_not_wait_for_a_publish(postgres: Database, opening: Open) -> None:
    warehouse = opening()
    warehouse.prepare()
    warehouse.acquire_lease("prod", ELSEWHERE, NOW, MINUTE)
    with postgres.connect() as holding, holding.transaction():
        holding.execute("SELECT FROM rewind.lease WHERE fence = 1 AND held FOR NO KEY UPDATE")
        with pytest.raises(LockHeld):
            warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)


def test_a_beat_that_was_faster_keeps_the_lease(postgres: Database, opening: Open) -> None:
    """The taker found it expired, waited for the holder's beat, and has to look again."""
    taker = opening()
    taker.prepare()
    taker.acquire_lease("prod", ELSEWHERE, NOW, MINUTE)
    with postgres.connect() as beating, ThreadPoolExecutor(1) as pool:
        with beating.transaction():
            beating.execute("UPDATE rewind.lease SET expires_at = '2099-01-01T00:00:00+00:00'")
            taken: Future[Lease] = pool.submit(
                taker.acquire_lease, "prod", ALIVE, NOW + MINUTE, MINUTE
            )
            assert waits(postgres)
        with pytest.raises(LockHeld):
            taken.result(60)


def test_a_taker_that_waits_too_long_is_told_who_holds_it(
    postgres: Database, opening: Open
) -> None:
    opening().prepare()
    postgres.run(f"ALTER DATABASE {postgres.name} SET lock_timeout TO '100ms'")
    taker = opening()
    taker.acquire_lease("prod", ELSEWHERE, NOW, MINUTE)
    with postgres.connect() as holding, holding.transaction():
        holding.execute("UPDATE rewind.lease SET held = held")
        with pytest.raises(LockHeld) as raised:
            taker.acquire_lease("prod", ALIVE, NOW + MINUTE, MINUTE)
    assert raised.value.holder == str(ELSEWHERE)


def test_the_database_admits_no_fork(postgres: Database, opening: Open) -> None:
    warehouse = opening()
    warehouse.prepare()
    lease = warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    event = next_event(None, "prod", NOW, EventKind.STARTED, {})
    warehouse.commit(event, lease)
    copy = (
        "INSERT INTO rewind.event SELECT environment, sequence + {}, at, kind, version, payload,"
        " previous_hash || '{}', hash FROM rewind.event"
    )
    for more, another in ((1, ""), (0, "x")):
        with pytest.raises(psycopg.errors.UniqueViolation):
            postgres.run(copy.format(more, another))
    postgres.run(copy.format(1, "x"))


def test_what_is_being_stored_again_is_not_forgotten(postgres: Database, opening: Open) -> None:
    """`dev` finds an artifact of `prod` stored and names it; `prod` forgets it at that moment."""
    prod, dev = opening(), opening()
    prod.prepare()
    digest = hashlib.sha256(b"shared").hexdigest()
    event = next_event(None, "prod", NOW, EventKind.BUILT, {"artifacts": {"manifest": digest}})
    prod.commit(event, prod.acquire_lease("prod", ALIVE, NOW, MINUTE), artifacts=[b"shared"])
    lease = dev.acquire_lease("dev", ALIVE, NOW, MINUTE)
    theirs = replace(next_event(None, "dev", NOW, EventKind.BUILT, event.payload))
    with postgres.connect() as slow, ThreadPoolExecutor(2) as pool:
        with slow.transaction():
            # `dev` waits here when it has looked for the artifact and before it writes its event.
            slow.execute("LOCK TABLE rewind.event IN SHARE MODE")
            committed = pool.submit(dev.commit, theirs, lease, artifacts=[b"shared"])
            assert waits(postgres)
            forgotten = pool.submit(prod.forget, "prod", [digest])
            sleep(0.3)
            assert not forgotten.done()
        committed.result(60)
        forgotten.result(60)
    assert prod.artifact(digest) == b"shared"


def test_two_environments_store_the_same_at_once(postgres: Database, opening: Open) -> None:
    warehouses = {name: opening() for name in ("prod", "dev", "qa")}
    warehouses["prod"].prepare()
    leases = {
        name: warehouse.acquire_lease(name, ALIVE, NOW, MINUTE)
        for name, warehouse in warehouses.items()
    }
    start = threading.Barrier(len(warehouses))

    def store(name: str) -> None:
        start.wait()
        event = next_event(None, name, NOW, EventKind.BUILT, {})
        warehouses[name].commit(event, leases[name], artifacts=[b"same", name.encode()])

    with ThreadPoolExecutor(len(warehouses)) as pool:
        list(pool.map(store, warehouses))
    assert postgres.rows("SELECT count(*) FROM rewind.artifact") == [(4,)]


@pytest.fixture
def stranger(postgres: Database) -> Iterator[str]:
    """A role that may connect and nothing else."""
    role = f"stranger_{postgres.name}"
    postgres.run(f"CREATE ROLE {role}")
    yield role
    postgres.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_who_may_not_see_the_ledger_is_told_so(
    postgres: Database, opening: Open, stranger: str
) -> None:
    opening().prepare()
    reader = opening(read_only=True, role=stranger)
    with pytest.raises(PermissionMissing):
        reader.events("prod")
    with pytest.raises(PermissionMissing):
        reader.prepare()
    postgres.run(f"GRANT USAGE ON SCHEMA rewind TO {stranger}")
    with pytest.raises(PermissionMissing):
        reader.events("prod")
    postgres.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA rewind TO {stranger}")
    assert reader.events("prod") == ()
    assert reader.lease("prod") is None


def test_who_may_make_no_schema_is_told_so(opening: Open, stranger: str) -> None:
    with closing(opening(role=stranger)) as warehouse, pytest.raises(PermissionMissing):
        warehouse.prepare()


def test_the_schema_stays_where_something_else_is_in_it(postgres: Database, opening: Open) -> None:
    warehouse = opening()
    postgres.run("CREATE SCHEMA rewind", "CREATE TYPE rewind.theirs AS (a integer)")
    warehouse.prepare()
    warehouse.remove_ledger()
    assert postgres.rows(
        "SELECT to_regclass('rewind.event')::text, to_regtype('rewind.theirs')::text"
    ) == [(None, "rewind.theirs")]
    postgres.run("DROP TYPE rewind.theirs")
    warehouse.prepare()
    warehouse.remove_ledger()
    assert postgres.rows("SELECT FROM pg_namespace WHERE nspname = 'rewind'") == []


def test_an_older_ledger_is_raised(postgres: Database, opening: Open) -> None:
    warehouse = opening()
    warehouse.prepare()
    postgres.run("UPDATE rewind.ledger SET version = 1")
    warehouse.prepare()
    assert postgres.rows("SELECT version FROM rewind.ledger") == [(LEDGER_VERSION,)]


def test_times_that_are_not_ours_are_an_error(postgres: Database, opening: Open) -> None:
    warehouse = opening()
    warehouse.prepare()
    warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
    for text in ("soon", "2026-01-01T00:00:00"):
        postgres.run(f"UPDATE rewind.lease SET expires_at = '{text}'")
        with pytest.raises(WarehouseFailed):
            warehouse.lease("prod")
