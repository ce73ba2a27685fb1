"""A process that was stopped past its lease, and goes on, publishes nothing. Invariant 5."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from tests.crash.checker import prove
from tests.crash.child import REACHED
from tests.crash.crowd import HELD_AT
from tests.crash.scenarios import CHILD, Shelf, run
from tests.e2e.lab import Lab, ended, killed_at_last

pytestmark = pytest.mark.crash

SECONDS = "1"


@contextmanager
def stopped(lab: Lab, *command: str, at: str, lease: str = "") -> Iterator[subprocess.Popen[str]]:
    """The command, stopped at an instant; the block may continue it."""
    variables = {"CRASH_NAMED": at, "CRASH_BY": "SIGSTOP", "CRASH_LEASE": lease}
    with killed_at_last(
        lab.start(*command, "--json", script=CHILD, variables=variables)
    ) as process:
        assert process.stderr is not None
        assert REACHED in process.stderr.readline()
        yield process


def wait_for_the_lease_to_end(lab: Lab) -> None:
    with duckdb.connect(str(lab.database), read_only=True) as connection:
        ((text,),) = connection.execute("select expires_at from rewind.lease").fetchall()
    while datetime.now(UTC) <= datetime.fromisoformat(text):
        time.sleep(0.1)


def requires_lease_lost(process: subprocess.Popen[str]) -> None:
    answer = ended(process).check(8)
    assert answer.error["slug"] == "lease-lost"
    assert answer.stderr.count("error:") == 1
    assert "Traceback" not in answer.stderr
    assert "note:" not in answer.stderr


@pytest.mark.parametrize(
    ("at", "taker", "live"),
    [
        ("built", ("rollback", "--yes"), 1),
        ("building latest", ("deploy", "v4"), 4),
        ("building latest", ("recover",), 2),
    ],
)
def test_a_lease_that_was_taken_is_lost(
    at: str, taker: tuple[str, ...], live: int, shelf: Shelf, tmp_path: Path
) -> None:
    lab = shelf.stage("two").copy(tmp_path / "lab")
    with stopped(lab, "deploy", "v3", at=at, lease=SECONDS) as stale:
        wait_for_the_lease_to_end(lab)
        run(lab, *taker).check(0)
        before = prove(lab.database, lab.mirror)
        stale.send_signal(signal.SIGCONT)
        requires_lease_lost(stale)
    # `prove` finds nothing left of what the stale build wrote after its end.
    after = prove(lab.database, lab.mirror)
    assert after == before
    assert after.live == live


def test_a_lease_is_lost_also_while_its_taker_keeps_the_file(shelf: Shelf, tmp_path: Path) -> None:
    lab = shelf.stage("two").copy(tmp_path / "lab")
    with stopped(lab, "deploy", "v3", at="building latest", lease=SECONDS) as stale:
        wait_for_the_lease_to_end(lab)
        with stopped(lab, "rollback", "--yes", at=HELD_AT) as taker:
            stale.send_signal(signal.SIGCONT)
            requires_lease_lost(stale)
            taker.send_signal(signal.SIGCONT)
            taken = ended(taker).check(0)
    assert json.loads(taken.stdout)["to"]["id"] == "r1"
    assert prove(lab.database, lab.mirror).live == 1


def test_whoever_kept_the_file_has_lost_nothing(shelf: Shelf, tmp_path: Path) -> None:
    """Nobody can take a lease in a file that DuckDB keeps closed, however late it is."""
    lab = shelf.stage("two").copy(tmp_path / "lab")
    with stopped(lab, "rollback", "--yes", at=HELD_AT, lease="0.5") as slow:
        time.sleep(0.6)
        error = run(lab, "deploy", "v3", "--json").check(12).error
        assert error["slug"] == "warehouse-locked"
        assert error["facts"]["pid"] == slow.pid
        slow.send_signal(signal.SIGCONT)
        ended(slow).check(0)
    assert prove(lab.database, lab.mirror).live == 1
