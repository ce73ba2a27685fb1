"""PostgreSQL: whoever owns the database and may create others needs no more than that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.postgres import connected, libpq

from dbt_rewind.backups.postgres import PostgresBackups
from dbt_rewind.demo.postgres_server import PostgresServer
from dbt_rewind.warehouse.postgres_settings import postgres_settings

ROLE, DATABASE = "backup_owner", "the 'shop' = mine"


@pytest.fixture
def settings(postgres_server: PostgresServer) -> Iterator[dict[str, Any]]:
    with connected(postgres_server, "postgres") as connection:
        connection.execute(f"create role {ROLE} login createdb password 'not much'")
        connection.execute(f'create database "{DATABASE}" owner {ROLE}'.encode())
    yield {**postgres_server.settings(DATABASE), "user": ROLE, "password": "not much"}
    with connected(postgres_server, "postgres") as connection:
        owned = "select datname from pg_database where datdba = %s::regrole"
        for (name,) in connection.execute(owned, [ROLE]).fetchall():
            connection.execute(f'drop database "{name}" with (force)'.encode())
        connection.execute(f"drop role {ROLE}")


def test_an_owner_copies_and_exchanges(settings: dict[str, Any], tmp_path: Path) -> None:
    with psycopg.connect(**libpq(settings), autocommit=True) as connection:
        connection.execute("create table orders as select 1 as id")
    engine = PostgresBackups(postgres_settings(settings), jobs=2)
    engine.copy(tmp_path, "prod_B1")
    with psycopg.connect(**libpq(settings), autocommit=True) as connection:
        connection.execute("drop table orders")
        kept = engine.kept_name(datetime(2026, 3, 2, tzinfo=UTC))
        engine.put_aside(tmp_path, "B1", "restore")
        assert engine.exchange("restore", kept)
    with psycopg.connect(**libpq(settings), autocommit=True) as connection:
        assert connection.execute("select id from orders").fetchall() == [(1,)]
    with psycopg.connect(**libpq({**settings, "dbname": kept}), autocommit=True) as connection:
        assert connection.execute("select to_regclass('orders')").fetchall() == [(None,)]
    assert engine.exchange("restore", kept), "again, after a kill"
    secrets = [text for text in tmp_path.rglob("*.json") if "not much" in text.read_text()]
    assert secrets == []
