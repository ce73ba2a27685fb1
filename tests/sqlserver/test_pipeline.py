"""The reference pipeline on SQL Server: deployed, stopped, rolled back and forward again.

Runs where REWIND_TEST_SQLSERVER leads to a server and REWIND_TEST_SQLSERVER_DBT is a Python with
dbt-sqlserver, which needs a newer dbt than the one that is tested otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.lab import Lab
from tests.sqlserver import server
from tests.sqlserver.test_golden import parsed_by_sqlfluff, parsed_by_sqlglot

from dbt_rewind.demo.sample import make_repository
from load import load_sqlserver
from loader.sqlserver import connection_string, emptying, inserting, preparing
from loader.tables import TABLES

PYTHON = os.environ.get("REWIND_TEST_SQLSERVER_DBT")
TRIED = pytest.mark.skipif(
    server.connection_string() is None or not PYTHON,
    reason=f"{server.HOW}; and REWIND_TEST_SQLSERVER_DBT to a Python with dbt-sqlserver",
)


@pytest.mark.parametrize(
    "statement", [*preparing(), emptying(TABLES[0]), inserting(TABLES[0]).replace("?", "1")]
)
def test_the_loader_speaks_t_sql(statement: str) -> None:
    assert parsed_by_sqlfluff(statement) or parsed_by_sqlglot(statement)


def test_the_loader_connects_as_the_target_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MSSQL_HOST", "db.example.com")
    monkeypatch.setenv("MSSQL_PASSWORD", "a;b}c")
    assert connection_string() == (
        "Server=db.example.com,1433;Database=adventureworks;UID=sa;PWD={a;b}}c};Encrypt=yes;"
        "TrustServerCertificate=yes"
    )


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """The pipeline's repository, and its rows in a database of their own."""
    database = server.fresh_database()
    for name, value in server.settings(database).items():
        monkeypatch.setenv(name, value)
    made = Lab(tmp_path / "lab")
    made.folder.mkdir()
    made.run("--version", folder=made.folder).check(0)  # makes the home that git looks into
    make_repository(made.repository)
    with (made.repository / "rewind.yml").open("a", encoding="utf-8") as config:
        config.write(f"dbt:\n  python: {PYTHON}\n")
    load_sqlserver(server.leading_to(database), scale=0.01)
    yield made
    server.drop_database(database)


def walk(lab: Lab, environment: str) -> None:
    """The story of the demo, there and back and there again."""
    told = ("--env", environment)
    assert lab.rewind("deploy", "v1.0.0", *told)["release"]["id"] == "r1"
    lab.rewind("verify", *told, "--deep")
    lab.rewind("deploy", "v1.1.0", *told, expected=6)
    assert lab.rewind("deploy", "v1.2.0", *told)["release"]["id"] == "r3"
    lab.rewind("rollback", *told, "--yes", "--reason", "wrong revenue")
    lab.rewind("verify", *told, "--deep")
    lab.rewind("rollback", *told, "--to", "r3", "--yes", "--reason", "there again")
    lab.rewind("verify", *told, "--deep")
    lab.rewind("refresh", *told)
    assert lab.rewind("status", *told)["healthy"]
    lab.rewind("prune", *told, "--yes")
    lab.rewind("eject", *told, "--yes")
    lab.rewind("adopt", "v1.2.0", *told, "--yes")
    lab.rewind("verify", *told)


@TRIED
@pytest.mark.e2e
def test_the_pipeline_goes_there_and_back(lab: Lab) -> None:
    walk(lab, "sqlserver")
