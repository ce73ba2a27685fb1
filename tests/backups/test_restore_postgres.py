"""A PostgreSQL cluster of which files are overwritten or gone gets its database back."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.crash.postgres_lab import PostgresLab, PostgresShelf
from tests.crash.scenarios import run
from tests.e2e.lab import Lab
from tests.e2e.stages import Stages
from tests.postgres import connected

from dbt_rewind.demo.postgres_server import PostgresServer, running_postgres


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresServer]:
    """A server that may be broken: no other test has anything on it."""
    with running_postgres() as server:
        with connected(server, "postgres") as connection:
            connection.execute("create role reader")
        yield server


@pytest.fixture(scope="module")
def own_shelf(cluster: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> PostgresShelf:
    return PostgresShelf(Stages(tmp_path_factory.mktemp("stages")), cluster)


@pytest.fixture
def shop(own_shelf: PostgresShelf, tmp_path: Path) -> Iterator[PostgresLab]:
    """A database with a backup of r2, after which r3 went live."""
    lab = own_shelf.stage("two").copy(tmp_path / "lab")
    assert isinstance(lab, PostgresLab)
    lab.place.run(f"grant create on database {lab.file} to reader")
    lab.place.run(f"alter database {lab.file} set search_path to gold, public")
    done(lab, "backup", "create")
    done(lab, "deploy", "v3")
    yield lab
    lab.remove()


def done(lab: Lab, *arguments: str, expected: int = 0) -> dict[str, Any]:
    return run(lab, *arguments, "--json").check(expected).document


def restore(lab: Lab, *arguments: str) -> dict[str, Any]:
    return done(lab, "rollback", "--strategy", "restore", *arguments)


def server_run(lab: PostgresLab, statement: str) -> None:
    with connected(lab.server, "postgres") as connection:
        connection.execute(statement.encode())


@contextmanager
def stopped(server: PostgresServer) -> Iterator[Path]:
    """The server's data folder, while it is shut down."""
    pid = server.postmaster
    os.kill(pid, signal.SIGINT)
    until = time.monotonic() + 60
    while (server.folder / "data" / "postmaster.pid").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    yield server.folder / "data"
    server.restart()


def file_of(lab: PostgresLab, relation: str) -> str:
    (row,) = lab.place.rows("select pg_relation_filepath(%s)", relation)
    return str(row[0])


def overwrite(path: Path) -> None:
    random.seed(7)
    path.write_bytes(random.randbytes(max(path.stat().st_size, 8192)))


def goes_on(lab: PostgresLab) -> None:
    """After the restore it is as after every other rollback."""
    listed = {each["id"]: each["state"] for each in done(lab, "history")["releases"]}
    assert listed == {"r3": "lost", "r2": "live", "r1": "superseded"}
    done(lab, "verify", "--deep", "--no-tests")
    done(lab, "rollback", "--yes")
    done(lab, "rollback", "--to", "r2", "--yes")
    assert done(lab, "deploy", "v3")["release"]["id"] == "r4"
    done(lab, "verify", "--deep", "--no-tests")


def test_random_bytes_in_a_relation(shop: PostgresLab) -> None:
    """The ledger can still be read, so that the rows are counted and the lease is held."""
    damaged = file_of(shop, "rewind_r3_gold.sales")
    with stopped(shop.server) as data:
        overwrite(data / damaged)
    assert run(shop, "verify", "--deep", "--no-tests", "--json").status in {10, 12}
    planned = restore(shop, "--dry-run")
    assert planned["loss"]["problem"] is None
    ended = restore(shop, "--confirm", planned["sentence"])
    assert ended["live"] == "r2"
    names = [row[0] for row in shop.place.rows("select datname from pg_database")]
    assert ended["kept"] in names
    assert [name for name in names if "_rewind_" in name] == []
    # What belongs to the database and is in no dump.
    privilege = "select has_database_privilege('reader', current_database(), 'create')"
    assert shop.place.rows(privilege) == [(True,)]
    assert shop.place.rows("show search_path") == [("gold, public",)]
    goes_on(shop)
    server_run(shop, f'drop database "{ended["kept"]}" with (force)')


def test_a_deleted_folder(shop: PostgresLab) -> None:
    """Nobody can connect to the database: only the mirror knows what happened."""
    (row,) = shop.place.rows("select oid from pg_database where datname = current_database()")
    with stopped(shop.server) as data:
        shutil.rmtree(data / "base" / str(row[0]))
    assert run(shop, "deploy", "v4", "--json").status == 12
    planned = restore(shop, "--dry-run")
    assert planned["loss"]["problem"]
    assert planned["loss"]["rows"] is None
    ended = restore(shop, "--confirm", planned["sentence"])
    assert ended["restored"]["lost"] == ["r3"]
    goes_on(shop)


def test_somebody_is_connected(shop: PostgresLab) -> None:
    """They are disconnected, and nobody comes in between."""
    with shop.place.connect() as stranger:
        stranger.execute("select 1")
        ended = restore(shop, "--confirm", "prod goes back to B1 and loses r3")
        assert stranger.closed or not _answers(stranger)
    assert ended["live"] == "r2"
    server_run(shop, f'drop database "{ended["kept"]}" with (force)')


def _answers(connection: Any) -> bool:
    import psycopg

    try:
        connection.execute("select 1")
    except psycopg.Error:
        return False
    return True


def databases(lab: PostgresLab) -> set[str]:
    return {row[0] for row in lab.place.rows("select datname from pg_database")}


def test_killed_and_run_again(shop: PostgresLab) -> None:
    said = "prod goes back to B1 and loses r3"
    command = ("rollback", "--strategy", "restore", "--confirm", said)
    before = databases(shop)
    assert run(shop, *command, named="the databases are exchanged").status == -9
    ended = restore(shop)
    assert (ended["live"], ended["restored"]["lost"]) == ("r2", ["r3"])
    assert databases(shop) - before == {ended["kept"]}
    server_run(shop, f'drop database "{ended["kept"]}" with (force)')
