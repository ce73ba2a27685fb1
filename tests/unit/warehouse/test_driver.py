from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dbt_rewind.errors import DriverMissing
from dbt_rewind.warehouse import driver
from dbt_rewind.warehouse.connect import connect
from dbt_rewind.warehouse.driver import missing_extra, require_driver

SETTINGS = {"host": "h", "port": 1, "user": "u", "dbname": "d", "schema": "s"}


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DriverMissing) as raised:
        connect("postgres", SETTINGS, tmp_path, read_only=True)
    assert raised.value.message.startswith(
        "the Python package psycopg is needed for postgres and cannot be imported:"
    )
    assert "pip install 'dbt-rewind[postgres]'" in raised.value.hint


def test_a_driver_that_is_there() -> None:
    require_driver("psycopg", "psycopg", "postgres")


def test_what_a_warehouse_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for adapter in ("duckdb", "postgres", "sqlserver", "snowflake"):
        assert missing_extra(adapter) is None
    monkeypatch.setattr(driver, "find_spec", lambda name: None)
    assert missing_extra("postgres") == "dbt-rewind[postgres]"
    assert missing_extra("sqlserver") == "dbt-rewind[sqlserver]"
    assert missing_extra("duckdb") is None
