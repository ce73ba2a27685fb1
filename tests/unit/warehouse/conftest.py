"""A DuckDB file for one test, a warehouse on it, and a stranger's connection to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.conformance.operation import ALIVE, MINUTE, NOW

from dbt_rewind.model import Lease
from dbt_rewind.warehouse.duckdb import DuckDBWarehouse, open_duckdb


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "shop.duckdb")


@pytest.fixture
def warehouse(path: str) -> Iterator[DuckDBWarehouse]:
    opened = open_duckdb(path, read_only=False)
    opened.prepare()
    yield opened
    opened.close()


@pytest.fixture
def stranger(warehouse: DuckDBWarehouse, path: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Another connection in this process, to prepare and look at what the warehouse does."""
    connection = duckdb.connect(path)
    yield connection
    connection.close()


@pytest.fixture
def lease(warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection) -> Lease:
    """The lease on `prod`, beside two built releases of `orders`."""
    stranger.execute("CREATE SCHEMA rewind_gold")
    for release in (1, 2):
        stranger.execute(f"CREATE TABLE rewind_gold.orders__r{release} AS SELECT {release} AS r")
    return warehouse.acquire_lease("prod", ALIVE, NOW, MINUTE)
