"""Labs on DuckDB and PostgreSQL, whose releases were built by the double of tests/crash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.postgres_lab import PostgresShelf
from tests.crash.scenarios import Shelf
from tests.e2e.lab import Lab
from tests.e2e.stages import Stages

from dbt_rewind.demo.postgres_server import PostgresServer

ENGINES = ("duckdb", "postgres")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(Stages.shared(tmp_path_factory))


@pytest.fixture(scope="session")
def postgres_shelf(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> PostgresShelf:
    return PostgresShelf(Stages(tmp_path_factory.mktemp("stages")), postgres_server)


@pytest.fixture(params=ENGINES)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    """An environment with r1 and r2, of which r2 is live."""
    name = "postgres_shelf" if request.param == "postgres" else "shelf"
    lab = request.getfixturevalue(name).stage("two").copy(tmp_path / "lab")
    yield lab
    lab.remove()
