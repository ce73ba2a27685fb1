"""What starting up may cost: a rollback imports no dbt, no driver it does not use, no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tests.unit.engine.releases import node, release
from tests.unit.git.sandbox import new_repository

from dbt_rewind.cli.main import COMMANDS
from dbt_rewind.clock import now
from dbt_rewind.engine.payloads import recorded_payload
from dbt_rewind.engine.records import encode_release
from dbt_rewind.engine.site import LEASE
from dbt_rewind.model import EventKind, PointerMove, RelationName, next_event
from dbt_rewind.warehouse.duckdb import open_duckdb
from dbt_rewind.warehouse.owner import current_owner

RUN = """\
import json, sys
from dbt_rewind.cli.main import run
status = run(sys.argv[1:])
tops = sorted({name.partition(".")[0] for name in sys.modules})
ours = sorted(name for name in sys.modules if name.startswith("dbt_rewind."))
print("MODULES" + json.dumps([int(status), tops, ours]))
"""
FOREIGN = {
    "dbt",
    "httpx",
    "requests",
    "urllib3",
    "aiohttp",
    "psycopg",
    "psycopg2",
    "pyodbc",
    "mssql_python",
    "pymssql",
    "pandas",
    "numpy",
    "uv",
}


def modules(folder: Path, *arguments: str) -> tuple[set[str], set[str]]:
    """The top-level packages, and the modules of ours, that a command has imported."""
    environment = {**os.environ, "HOME": str(folder), "GIT_CONFIG_GLOBAL": os.devnull}
    for name in ("DBT_PROFILES_DIR", "REWIND_TRACEBACK"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "MODULES" in done.stdout, done.stderr
    status, tops, ours = json.loads(done.stdout.rpartition("MODULES")[2])
    assert status == 0, done.stderr
    return set(tops), set(ours)


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose DuckDB warehouse has two releases, written without dbt."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    sandbox = new_repository(tmp_path / "shop")
    sandbox.write("dbt_project.yml", "name: shop\nprofile: shop\n")
    sandbox.write(
        "profiles.yml",
        "shop:\n  outputs:\n    prod: {type: duckdb, path: shop.duckdb}\n",
    )
    sandbox.write("rewind.yml", "version: 1\nenvironments:\n  prod: {target: prod}\n")
    sandbox.write(".gitignore", "shop.duckdb\n")
    sandbox.commit("First")
    path = sandbox.folder / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema rewind_gold")
        for number in (1, 2):
            connection.execute(f"create table rewind_gold.orders__r{number} as select {number} n")
    warehouse = open_duckdb(str(path), read_only=False)
    warehouse.prepare()
    lease = warehouse.acquire_lease("prod", current_owner("ada", "deploy"), now(), LEASE)
    previous, last = None, None
    for number in (1, 2):
        relation = RelationName("shop", "rewind_gold", f"orders__r{number}")
        public = RelationName("shop", "gold", "orders")
        made = release(number, node("orders", number, relation=relation, pointer=public))
        record = encode_release(made)
        built = next_event(
            last,
            "prod",
            now(),
            EventKind.BUILT,
            recorded_payload(made, {"record": record, "manifest": b"{}"}),
        )
        warehouse.commit(built, lease, artifacts=(record, b"{}"))
        payload = {"operation": "deploy", "release": number, "previous": number - 1 or None}
        last = next_event(built, "prod", now(), EventKind.PUBLISHED, {**payload, "moved": 1})
        warehouse.commit(last, lease, moves=[PointerMove(public, previous, relation)])
        previous = relation
    warehouse.release_lease(lease)
    warehouse.close()
    return sandbox.folder


def commands_of(ours: set[str]) -> set[str]:
    """The commands among the imported modules; `recover` also has words for the others."""
    return {name for name in COMMANDS if f"dbt_rewind.cli.{name}" in ours} - {"recover"}


def test_help_imports_next_to_nothing(tmp_path: Path) -> None:
    tops, ours = modules(tmp_path, "--help")
    assert tops & (FOREIGN | {"duckdb", "pydantic", "rich", "jinja2", "yaml", "packaging"}) == set()
    assert not [name for name in ours if name.startswith(("dbt_rewind.dbt", "dbt_rewind.engine"))]


def test_a_rollback_imports_no_dbt_and_no_network(released: Path) -> None:
    """Invariant 9."""
    tops, ours = modules(released, "rollback", "--yes")
    assert tops & (FOREIGN | {"rich", "jinja2", "packaging"}) == set()
    needless = ("dbt_rewind.dbt", "dbt_rewind.engine.execute", "dbt_rewind.engine.build_plan")
    assert [name for name in ours if name.startswith(needless)] == []
    assert commands_of(ours) == {"rollback"}
    with duckdb.connect(str(released / "shop.duckdb"), read_only=True) as connection:
        assert connection.execute("select n from gold.orders").fetchall() == [(1,)]


def test_reading_imports_no_dbt_either(released: Path) -> None:
    for command in (["status"], ["history"], ["verify", "--no-tests"]):
        tops, _ = modules(released, *command)
        assert tops & FOREIGN == set(), command


def test_a_rollback_says_nothing_on_standard_error(released: Path) -> None:
    """Neither does what ends with the process: the driver, the interpreter."""
    done = subprocess.run(
        [sys.executable, "-m", "dbt_rewind", "rollback", "--yes"],
        cwd=released,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
