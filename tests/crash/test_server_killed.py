"""PostgreSQL itself dies in the middle of a publish, or the wire to it is cut.

Before any recovery, users see one whole release, and the ledger says which. Whoever published is
told the truth. Invariants 1, 2, 4 and 6.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import psycopg
import pytest
from tests.crash import publisher
from tests.crash.checker import Found, prove, whole
from tests.crash.wire import Cut, wire
from tests.e2e.lab import TIMEOUT, killed_at_last
from tests.postgres import Database, fresh_database
from tests.readers.stage import SCHEMA, Stage

from dbt_rewind.demo.postgres_server import PostgresServer, running_postgres

pytestmark = pytest.mark.crash

KILLS = int(os.environ.get("CRASH_SERVER", "2"))
POINTERS = int(os.environ.get("CRASH_POINTERS", "30"))
"""How often each is killed, and how many pointers move. `make soak` does it 50 times with 100."""

PUBLISHING = """
SELECT l.pid FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
WHERE c.relname = 'lease' AND l.mode = 'RowShareLock' AND l.pid <> pg_backend_pid()
"""
"""The transaction of a publish begins by locking the lease."""


@dataclass(frozen=True)
class Place:
    """A stage in a database of its own."""

    server: PostgresServer
    database: Database
    stage: Stage

    def others(self) -> Iterator[int]:
        """Releases to go to, each another than the one that is live then."""
        live = prove(self.database, self.stage.mirror).live
        chance = random.Random(0)
        while True:
            yield chance.choice([each for each in (1, 2, 3, 4) if each != live])
            live = prove(self.database, self.stage.mirror).live

    @contextmanager
    def watching(self) -> Iterator[Callable[[], int | None]]:
        """What tells the server's process that is in the transaction of a publish at that
        moment."""
        with self.database.connect() as connection:

            def serving() -> int | None:
                found = connection.execute(PUBLISHING.encode()).fetchone()
                return int(found[0]) if found else None

            yield serving

    def standing(self) -> Found:
        """What is left after a recovery, which is made here."""
        with self.stage.operating("recover"):
            pass
        return prove(self.database, self.stage.mirror)

    @contextmanager
    def publishing(
        self, to: int, settings: Mapping[str, Any], ask: float = 60
    ) -> Iterator[subprocess.Popen[str]]:
        """A process that has just begun to publish that release."""
        task = {
            "settings": dict(settings),
            "database": self.database.name,
            "folder": str(self.stage.folder),
            "pointers": self.stage.pointers,
            "to": to,
            "ask": ask,
        }
        process = subprocess.Popen(
            [sys.executable, str(Path(publisher.__file__)), json.dumps(task)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with killed_at_last(process):
            assert cast("IO[str]", process.stdout).readline() == "begun\n"
            yield process


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """On a server of its own that writes to the disk before it says that it has committed. Each
    test begins with the release that the one before it has left live."""
    with running_postgres({}) as server:
        database = fresh_database(server)
        folder = tmp_path_factory.mktemp("place")
        stage = Stage(database.name, database.settings, folder, POINTERS)
        stage.build()
        yield Place(server, database, stage)


def awaited(process: subprocess.Popen[str], serving: Callable[[], int | None]) -> None:
    """Waits until the server publishes, or whoever asked for it has ended."""
    while process.poll() is None and not serving():
        pass


def kill_backend(server: PostgresServer, backend: int) -> None:
    """Kills the process of the server that serves the publisher, if it still does."""
    with suppress(ProcessLookupError):
        os.kill(backend, signal.SIGKILL)


def kill_postmaster(server: PostgresServer, backend: int) -> None:
    os.kill(server.postmaster, signal.SIGKILL)


def serves_again(server: PostgresServer) -> None:
    """Waits for a server that starts again by itself when one of its processes was killed."""
    until = time.monotonic() + TIMEOUT
    while time.monotonic() < until:
        with suppress(psycopg.OperationalError):
            psycopg.connect(**_administrator(server)).close()
            return
        time.sleep(0.05)
    raise AssertionError("the server does not come back")


Kill = Callable[[PostgresServer, int], None]


@pytest.mark.parametrize(
    ("kill", "start", "ask"),
    [(kill_backend, serves_again, 60.0), (kill_postmaster, PostgresServer.restart, 1.0)],
    ids=["backend", "postmaster"],
)
def test_killed_in_mid_publish(
    kill: Kill,
    start: Callable[[PostgresServer], None],
    ask: float,
    place: Place,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    others = place.others()
    usual = []
    for _ in range(3):
        with (
            place.watching() as serving,
            place.publishing(next(others), place.database.settings) as process,
        ):
            awaited(process, serving)
            began = time.perf_counter()
            while serving():
                pass
            usual.append(time.perf_counter() - began)
            assert told(process) == "published"
    killed, answers = 0, Counter[str]()
    for trial in range(4 * KILLS):
        if killed == KILLS:
            break
        to = next(others)
        before = prove(place.database, place.stage.mirror).live
        moment = random.Random(trial).uniform(0, 1) * max(usual)
        with place.publishing(to, place.database.settings, ask) as process:
            with place.watching() as serving:
                awaited(process, serving)
                time.sleep(moment)
                if backend := serving():
                    kill(place.server, backend)
            answer = told(process)
        if backend is None:
            assert answer == "published"
            continue
        start(place.server)
        killed += 1
        when = f"{kill.__name__} after {moment:.3f} s, from r{before} to r{to}: {answer}"
        shown = whole(place.database)
        found = place.standing()
        assert found.pointers == shown, f"{when}: recovery moved what users see"
        assert found.live in (before, to), when
        if answer == "published":
            assert found.live == to, when
        elif answer == "commit-unconfirmed":
            assert kill is kill_postmaster, f"{when}: the server came back and was not asked"
        else:
            assert found.live == before, when
        answers[answer] += 1
    assert killed == KILLS, "too many had ended before"
    assert set(answers) - {"published"}, f"never in the middle: {answers}"
    record_property(f"{request.node.callspec.id} killed", killed)


@pytest.mark.parametrize("gone", [False, True], ids=["for a moment", "for good"])
@pytest.mark.parametrize("cut", [Cut.BEFORE_COMMIT, Cut.AFTER_COMMIT])
def test_the_wire_is_cut_at_the_commit(cut: Cut, gone: bool, place: Place) -> None:
    committed = cut is Cut.AFTER_COMMIT
    before = prove(place.database, place.stage.mirror).live
    others = place.others()
    to = next(others)
    with wire((place.server.host, place.server.port), cut, gone=gone) as between:
        settings = {**place.database.settings, "port": between.port}
        with place.publishing(to, settings, ask=1 if gone else 60) as process:
            between.arm()
            answer = told(process)
        assert between.cuts == 1
    place.database.wait_until_quiet()
    shown = whole(place.database)
    found = place.standing()
    assert found.pointers == shown
    assert found.live == (to if committed else before)
    if gone:
        assert answer == "commit-unconfirmed"
    else:
        assert answer == ("published" if committed else "connection-lost")
    # And there is a way back, and forward again.
    for to in (next(others), next(others)):
        with place.publishing(to, place.database.settings) as process:
            assert told(process) == "published"
        assert prove(place.database, place.stage.mirror).live == to


def test_a_publisher_that_falls_silent_holds_nobody_up(place: Place) -> None:
    """It has its locks and was about to commit. Readers wait for two seconds, as they must, and see
    what they saw before."""
    stage = place.stage
    before = prove(place.database, stage.mirror).live
    query = f"SELECT max(release) FROM {SCHEMA}.{stage.name(0)}"
    with wire((place.server.host, place.server.port), Cut.SILENCE, gone=False) as between:
        settings = {**place.database.settings, "port": between.port}
        with place.publishing(next(place.others()), settings) as process:
            between.arm()
            between.wait_until_cut(TIMEOUT)
            began = time.monotonic()
            assert place.database.rows(query) == [(before,)]
            waited = time.monotonic() - began
            between.mend()
            assert told(process) == "connection-lost"
    assert 1 < waited < 10
    assert place.standing().live == before


def told(process: subprocess.Popen[str]) -> str:
    """What the publisher says became of it: `published`, or its error's slug."""
    out, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, err
    answer = json.loads(out)
    if answer["slug"] == "connection-lost":
        assert "users see what they saw before" in answer["message"]
    return str(answer["slug"] or "published")


def _administrator(server: PostgresServer) -> dict[str, Any]:
    return {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "dbname": "postgres",
    }
