"""Labs whose releases were built by the double, made once for all workers."""

from __future__ import annotations

import pytest
from tests.crash.postgres_lab import PostgresShelf
from tests.crash.scenarios import Shelf
from tests.e2e.stages import Stages

from dbt_rewind.demo.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(Stages.shared(tmp_path_factory))


@pytest.fixture(scope="session")
def postgres_shelf(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> PostgresShelf:
    return PostgresShelf(Stages(tmp_path_factory.mktemp("stages")), postgres_server)
