"""The loader of the reference pipeline into PostgreSQL: the same rows as into DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from psycopg.conninfo import make_conninfo
from tests.postgres import Database

from load import TABLES, LoadError, load, load_postgres, main

SCALE = 0.01


def target(database: Database) -> str:
    server = database.server
    return make_conninfo(
        host=server.host,
        port=server.port,
        user=server.user,
        password=server.password,
        dbname=database.name,
    )


def rows(database: Database, table: str, key: str) -> list[tuple[Any, ...]]:
    return database.rows(f"select * from {table} order by {key}")


def test_the_rows_are_those_that_duckdb_has(postgres: Database, tmp_path: Path) -> None:
    report = load_postgres(target(postgres), scale=SCALE)
    file = tmp_path / "warehouse.duckdb"
    assert report.tables == load(file, scale=SCALE).tables
    with duckdb.connect(str(file), read_only=True) as connection:
        for table in TABLES:
            query = f"select * from {table.name} order by {table.key}"
            assert rows(postgres, table.name, table.key) == connection.execute(query).fetchall()


def test_what_is_there_is_replaced_though_views_read_it(postgres: Database) -> None:
    load_postgres(target(postgres), scale=SCALE)
    postgres.run("create view public.people as select firstname from person.person")
    before = rows(postgres, "sales.customer", "customerid")
    load_postgres(target(postgres), scale=SCALE, seed=7)
    assert rows(postgres, "sales.customer", "customerid") != before
    assert postgres.rows("select count(*) from public.people") == [(200,)]


def test_a_run_that_fails_leaves_all_as_it_was(postgres: Database, tmp_path: Path) -> None:
    load_postgres(target(postgres), scale=SCALE)
    before = rows(postgres, "sales.customer", "customerid")
    postgres.run("alter table sales.salesorderdetail add check (orderqty < 0) not valid")
    with pytest.raises(LoadError, match="violates check constraint"):
        load_postgres(target(postgres), scale=SCALE, seed=7)
    assert rows(postgres, "sales.customer", "customerid") == before


def test_the_command_line_says_what_it_did_or_could_not(
    postgres: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--postgres", target(postgres), "--scale", str(SCALE)]) == 0
    said = capsys.readouterr().out
    assert f"seed 42 -> {postgres.name} on 127.0.0.1:{postgres.server.port}" in " ".join(
        said.split()
    )
    assert postgres.server.password not in said
    assert main(["--postgres", target(postgres) + " connect_timeout=x"]) == 1
    assert capsys.readouterr().err.startswith("error: PostgreSQL: ")
