"""Opening a file that another process has open: wait a little, or name who holds the lease."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conformance.operation import ALIVE, ENDED, MINUTE

from dbt_rewind import clock
from dbt_rewind.errors import LockHeld, WarehouseLocked, WarehouseMissing
from dbt_rewind.model import Lease, Owner
from dbt_rewind.warehouse import duckdb_waiting
from dbt_rewind.warehouse import owner as owner_module
from dbt_rewind.warehouse.connect import connect
from dbt_rewind.warehouse.holder_note import write_note

STRANGER = """\
import duckdb, sys, time
held = duckdb.connect(sys.argv[1])
print("open", flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def seconds() -> float:
    """How long the stranger keeps the file."""
    return 600


@pytest.fixture
def stranger(path: str, seconds: float) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", STRANGER, path, str(seconds)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_waiting, "PATIENCE", 0.3)
    monkeypatch.setattr(duckdb_waiting, "PATIENCE_OF_A_HOLDER", 0.9)


def owner_of(process: subprocess.Popen[str]) -> Owner:
    found = owner_module._process(process.pid)
    assert found is not None
    return Owner("grace", ALIVE.host, process.pid, found.started, "deploy")


def lease_of(owner: Owner) -> Lease:
    now = clock.now()
    return Lease("prod", owner, 1, now, now + MINUTE)


def opened(path: str, *, read_only: bool = False) -> None:
    connect("duckdb", {"path": path}, Path(), read_only=read_only).close()


@pytest.mark.parametrize("read_only", [True, False])
def test_a_holder_is_named(path: str, stranger: subprocess.Popen[str], read_only: bool) -> None:
    lease = lease_of(owner_of(stranger))
    write_note(path, lease)
    with pytest.raises(LockHeld) as raised:
        opened(path, read_only=read_only)
    assert raised.value.environment == "prod"
    assert raised.value.holder == f"deploy by grace (process {stranger.pid} on {ALIVE.host})"
    assert raised.value.since == f"{lease.acquired_at:%Y-%m-%d %H:%M:%S} UTC"


@pytest.mark.parametrize("noted", [True, False])
def test_a_file_that_stays_locked_is_given_up(
    path: str, stranger: subprocess.Popen[str], noted: bool
) -> None:
    """A stale note changes nothing."""
    if noted:
        write_note(path, lease_of(ENDED))
    began = time.monotonic()
    with pytest.raises(WarehouseLocked) as raised:
        opened(path)
    assert raised.value.pid == stranger.pid
    assert time.monotonic() - began >= 0.3


def test_whoever_holds_a_lease_itself_waits_longer(
    path: str, stranger: subprocess.Popen[str]
) -> None:
    """Its build is done: it does not end because another environment's holder is in the file."""
    write_note(path, lease_of(ALIVE))
    write_note(path, replace(lease_of(owner_of(stranger)), environment="dev"))
    began = time.monotonic()
    with pytest.raises(WarehouseLocked):
        opened(path)
    assert time.monotonic() - began >= 0.9


@pytest.mark.parametrize("seconds", [0.5])
def test_a_brief_reader_is_waited_for(
    path: str, stranger: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_waiting, "PATIENCE", 60)
    opened(path)


def test_a_stale_note_keeps_nobody_out(path: str) -> None:
    opened(path)
    write_note(path, lease_of(ENDED))
    opened(path)


def test_a_missing_file_is_not_waited_for(path: str) -> None:
    with pytest.raises(WarehouseMissing):
        opened(path, read_only=True)
