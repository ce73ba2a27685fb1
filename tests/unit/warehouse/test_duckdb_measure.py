"""Fingerprints over every type that DuckDB has."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.duckdb import DuckDBWarehouse, open_duckdb

VALUES = {
    "BOOLEAN": "true",
    "TINYINT": "1",
    "SMALLINT": "1",
    "INTEGER": "1",
    "BIGINT": "1",
    "HUGEINT": "170141183460469231731687303715884105727",
    "UTINYINT": "1",
    "USMALLINT": "1",
    "UINTEGER": "1",
    "UBIGINT": "18446744073709551615",
    "UHUGEINT": "1",
    "DECIMAL(4,1)": "1.5",
    "DECIMAL(38,10)": "1.5",
    "FLOAT": "'NaN'",
    "DOUBLE": "'-Infinity'",
    "VARCHAR": "'é'",
    "BLOB": "'\\x00\\xFF'::BLOB",
    "BIT": "'101'::BIT",
    "UUID": "'00000000-0000-0000-0000-000000000001'",
    "DATE": "'infinity'",
    "TIME": "'24:00:00'",
    "TIMETZ": "'12:00:00+02'",
    "TIMESTAMP": "'0044-03-15 (BC) 00:00:00'",
    "TIMESTAMP_S": "'2024-01-01'",
    "TIMESTAMP_MS": "'2024-01-01'",
    "TIMESTAMP_NS": "'2024-01-01'",
    "TIMESTAMPTZ": "'2024-01-01 00:00:00+02'",
    "INTERVAL": "INTERVAL 1 MONTH",
    "JSON": "'{\"a\": [1]}'",
    "ENUM('a', 'b')": "'a'",
    "INTEGER[]": "[1, NULL]",
    "INTEGER[2]": "[1, 2]",
    "VARCHAR[][]": "[['a'], []]",
    'STRUCT(a INTEGER, "b c" VARCHAR[])': "{'a': 1, 'b c': ['x']}",
    "MAP(VARCHAR, INTEGER)": "MAP {'a': 1}",
    "UNION(i INTEGER, s VARCHAR)": "union_value(i := 1)",
}
TABLE = RelationName("shop", "main", "measured")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("measure") / "shop.duckdb")


@pytest.fixture(scope="module")
def warehouse(path: str) -> Iterator[DuckDBWarehouse]:
    """One for all tests, which only replace a table: opening costs more than measuring."""
    opened = open_duckdb(path, read_only=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def stranger(warehouse: DuckDBWarehouse, path: str) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(path)
    yield connection
    connection.close()


def fingerprint(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection, select: str
) -> str:
    stranger.execute(f"CREATE OR REPLACE TABLE measured AS {select}")
    found = warehouse.measure(TABLE, fingerprint=True).fingerprint
    assert found is not None
    return found


@pytest.mark.parametrize("type_name", VALUES)
def test_every_type_has_a_fingerprint(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection, type_name: str
) -> None:
    value = f"({VALUES[type_name]})::{type_name}"
    found = [
        fingerprint(warehouse, stranger, f"SELECT {select}")
        for select in (f"{value} AS a", f"NULL::{type_name} AS a", f"{value} AS b", "1::BIT AS a")
    ]
    found.append(fingerprint(warehouse, stranger, f"SELECT {value} AS a FROM range(2)"))
    found.append(fingerprint(warehouse, stranger, f"SELECT {value} AS a WHERE false"))
    assert len(set(found)) == len(found)
    assert found[0] == fingerprint(warehouse, stranger, f"SELECT {value} AS a")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 1 AS a", "SELECT 1 AS b"),
        ("SELECT 1::INTEGER AS a", "SELECT 1::BIGINT AS a"),
        ("SELECT 1 AS a, 2 AS b", "SELECT 2 AS b, 1 AS a"),
        ("SELECT 1 AS a, 2 AS b", "SELECT 2 AS a, 1 AS b"),
        ("SELECT 1 AS a WHERE false", "SELECT 1 AS b WHERE false"),
        ("SELECT 1 AS a WHERE false", "SELECT 1::BIGINT AS a WHERE false"),
        ("SELECT NULL::INTEGER AS a", "SELECT 0::INTEGER AS a"),
        ("SELECT '' AS a", "SELECT NULL::VARCHAR AS a"),
        ("SELECT unnest([1, 1, 2, 2]) AS a", "SELECT unnest([1, 1, 1, 1]) AS a"),
        ("SELECT unnest([1, 2, 2]) AS a", "SELECT unnest([1, 1, 2]) AS a"),
    ],
)
def test_what_differs_has_another_fingerprint(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection, one: str, other: str
) -> None:
    assert fingerprint(warehouse, stranger, one) != fingerprint(warehouse, stranger, other)


def test_the_order_of_many_rows_does_not_matter(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection
) -> None:
    rows = "SELECT i, 'x' || i AS label FROM range(100000) r(i) ORDER BY i"
    assert fingerprint(warehouse, stranger, rows) == fingerprint(
        warehouse, stranger, f"{rows} DESC"
    )


def test_a_relation_may_be_wide_and_oddly_named(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection
) -> None:
    wide = ", ".join(f'{number} AS "c "" {number}"' for number in range(1200))
    assert fingerprint(warehouse, stranger, f"SELECT {wide}").count("-") == 3


def test_a_fingerprint_looks_as_documented(
    warehouse: DuckDBWarehouse, stranger: duckdb.DuckDBPyConnection
) -> None:
    minor = ".".join(duckdb.__version__.split(".")[:2])
    algorithm, _, figures = fingerprint(warehouse, stranger, "FROM range(42)").partition(":")
    assert algorithm == f"duckdb-{minor}" == warehouse.fingerprint_algorithm()
    count, mixed, total = figures.split("-")
    assert (count, len(mixed), len(total)) == ("42", 16, 16)
