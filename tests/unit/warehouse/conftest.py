"""A DuckDB file for one test, a warehouse on it, and a stranger's connection to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

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
