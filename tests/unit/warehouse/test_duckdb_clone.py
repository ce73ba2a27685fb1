"""What a clone in DuckDB keeps, and what dropping leaves."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from dbt_rewind.errors import WarehouseError
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.duckdb import DuckDBWarehouse

SOURCE = RelationName("shop", "rewind_gold", "orders__r1")
TARGET = RelationName("shop", "rewind_gold", "orders__r2")
OTHER_SCHEMA = RelationName("shop", "rewind other", 'or"ders__r2')

DEFINITION = """CREATE TABLE rewind_gold.orders__r1 (
  id INTEGER PRIMARY KEY,
  "B b" VARCHAR COLLATE NOCASE DEFAULT 'it''s, (x' NOT NULL,
  tags INTEGER[] DEFAULT [1, 2],
  "FOREIGN" STRUCT(a INTEGER, "b c" VARCHAR),
  state ENUM ('new, (', 'o''ld'),
  next_id INTEGER GENERATED ALWAYS AS (id + 1),
  parent INTEGER REFERENCES rewind_gold.parents(id),
  size INTEGER CHECK (size > 0 AND size <> 5),
  amount DECIMAL(10, 2),
  seen TIMESTAMPTZ,
  UNIQUE (size, amount)
)"""


@pytest.fixture
def source(stranger: duckdb.DuckDBPyConnection) -> RelationName:
    for statement in (
        "CREATE SCHEMA rewind_gold",
        "CREATE TABLE rewind_gold.parents (id INTEGER PRIMARY KEY)",
        "INSERT INTO rewind_gold.parents VALUES (1)",
        DEFINITION,
        """CREATE UNIQUE INDEX by_b ON rewind_gold.orders__r1 ("B b", parent)""",
        "CREATE INDEX by_size ON rewind_gold.orders__r1 ((size + 1), id)",
        "COMMENT ON TABLE rewind_gold.orders__r1 IS 'all'",
        """COMMENT ON COLUMN rewind_gold.orders__r1."B b" IS 'a ''b'''""",
        """INSERT INTO rewind_gold.orders__r1 (id, "B b", parent, size, amount)
           SELECT 5000 - i, 'b' || i, 1, i + 10, i FROM range(5000) r(i)""",
    ):
        stranger.execute(statement)
    return SOURCE


def rows(
    stranger: duckdb.DuckDBPyConnection, sql: str, relation: RelationName
) -> list[tuple[Any, ...]]:
    return stranger.execute(sql, [relation.schema, relation.name]).fetchall()


@pytest.mark.parametrize("target", [TARGET, OTHER_SCHEMA])
def test_a_clone_keeps_what_defines_the_table(
    warehouse: DuckDBWarehouse,
    stranger: duckdb.DuckDBPyConnection,
    source: RelationName,
    target: RelationName,
) -> None:
    warehouse.clone(source, target)
    where = "WHERE schema_name = ? AND table_name = ?"
    for sql in (
        "SELECT column_name, data_type, column_default, is_nullable, comment"
        f" FROM duckdb_columns() {where} ORDER BY column_index",
        f"SELECT constraint_text FROM duckdb_constraints() {where}"
        " AND constraint_type <> 'FOREIGN KEY' ORDER BY constraint_text",
        f"SELECT comment, has_primary_key FROM duckdb_tables() {where}",
        f"SELECT is_unique, expressions FROM duckdb_indexes() {where} ORDER BY expressions",
    ):
        assert rows(stranger, sql, target) == rows(stranger, sql, source) != []


def test_a_clone_keeps_the_order_of_rows(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection, source: RelationName
) -> None:
    warehouse.clone(source, TARGET)
    one, other = (
        stranger.execute(f"FROM rewind_gold.{name.name}").fetchall() for name in (source, TARGET)
    )
    assert one == other
    assert len(one) == 5000


@pytest.mark.parametrize(
    "row",
    [
        "(1, 'x', 1, 7, 1)",
        "(-1, NULL, 1, 7, 1)",
        "(-1, 'x', 1, 5, 1)",
        "(-1, 'b0', 1, 7, 1)",
        "(-1, 'x', 1, 10, 0)",
    ],
    ids=["primary key", "not null", "check", "unique index", "unique"],
)
def test_a_clones_constraints_hold(
    warehouse: DuckDBWarehouse,
    stranger: duckdb.DuckDBPyConnection,
    source: RelationName,
    row: str,
) -> None:
    warehouse.clone(source, TARGET)
    for relation in (source, TARGET):
        insert = f'INSERT INTO rewind_gold.{relation.name} (id, "B b", parent, size, amount)'
        stranger.execute("BEGIN")
        with pytest.raises(duckdb.Error):
            stranger.execute(f"{insert} VALUES {row}; COMMIT")
        stranger.execute("ROLLBACK")


def test_a_clone_ties_no_other_table(warehouse: DuckDBWarehouse, source: RelationName) -> None:
    warehouse.clone(source, TARGET)
    parents = RelationName("shop", "rewind_gold", "parents")
    warehouse.drop([source, parents])
    assert set(warehouse.relations([source, parents, TARGET])) == {TARGET}


def test_a_clone_can_be_cloned_and_replaced(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection, source: RelationName
) -> None:
    third = RelationName("shop", "rewind_gold", "orders__r3")
    warehouse.clone(source, TARGET)
    warehouse.clone(TARGET, third)
    warehouse.clone(source, third)
    assert warehouse.measure(third, fingerprint=True) == warehouse.measure(source, fingerprint=True)


def test_a_failed_clone_leaves_the_target(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection
) -> None:
    stranger.execute("CREATE SCHEMA rewind_gold; CREATE TABLE rewind_gold.orders__r2 AS SELECT 1")
    with pytest.raises(WarehouseError):
        warehouse.clone(SOURCE, TARGET)
    assert stranger.execute("FROM rewind_gold.orders__r2").fetchall() == [(1,)]


def test_drop_orders_foreign_keys(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection
) -> None:
    names = [RelationName("shop", "rewind_gold", name) for name in "abcd"]
    stranger.execute("CREATE SCHEMA rewind_gold; CREATE TABLE rewind_gold.a (id INT PRIMARY KEY)")
    for parent, child in zip("abc", "bcd", strict=True):
        stranger.execute(
            f"CREATE TABLE rewind_gold.{child} (id INT PRIMARY KEY,"
            f" other INT REFERENCES rewind_gold.{parent}(id))"
        )
    with pytest.raises(WarehouseError):
        warehouse.drop(names[:2])
    assert len(warehouse.relations(names)) == 4
    warehouse.drop(names)
    assert warehouse.relations(names) == {}


def schemas(stranger: duckdb.DuckDBPyConnection) -> set[str]:
    found = stranger.execute("SELECT schema_name FROM duckdb_schemas() WHERE NOT internal")
    return {name for (name,) in found.fetchall()} - {"main"}


def test_only_our_empty_schemas_go(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection
) -> None:
    kept = ["gold", "rewindgold", "rewind_s", "rewind_m", "rewind_e"]
    for schema in [*kept, "rewind_gold", "Rewind_Gold2"]:
        stranger.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.t (i INTEGER)")
    stranger.execute("CREATE SEQUENCE rewind_s.s")
    stranger.execute("CREATE MACRO rewind_m.m(a) AS a")
    stranger.execute("CREATE TYPE rewind_e.e AS ENUM ('a')")
    everything = [*kept, "rewind_gold", "Rewind_Gold2"]
    warehouse.drop([RelationName("shop", schema, "t") for schema in everything])
    assert schemas(stranger) == {*kept, "rewind"}


def test_a_schema_that_is_not_empty_stays(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection
) -> None:
    stranger.execute("CREATE SCHEMA rewind_gold; CREATE TABLE rewind_gold.t (i INTEGER)")
    stranger.execute("CREATE VIEW rewind_gold.v AS FROM rewind_gold.t")
    warehouse.drop([RelationName("shop", "rewind_gold", "t")])
    assert "rewind_gold" in schemas(stranger)
