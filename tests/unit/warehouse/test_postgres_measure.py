"""Fingerprints in PostgreSQL: of every type, whatever is set, and of any rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.postgres import Database, database

from dbt_rewind.demo.postgres_server import PostgresServer
from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse import postgres_measure_sql as sql
from dbt_rewind.warehouse.connect import connect
from dbt_rewind.warehouse.protocol import Warehouse

VALUES = {
    "boolean": "true",
    "smallint": "1",
    "integer": "1",
    "bigint": "9223372036854775807",
    "numeric": "1.50",
    "numeric(38,10)": "1.5",
    "real": "'NaN'",
    "double precision": "0.1::float8 + 0.2",
    "money": "12.5::numeric::money",
    "text": "'é'",
    'text COLLATE "C"': "'é'",
    "character varying(9)": "''",
    "character(9)": "'a'",
    '"char"': "'a'",
    "name": "'a'",
    "bytea": "'\\x00ff'",
    "bit(3)": "B'101'",
    "bit varying": "B'1'",
    "uuid": "'00000000-0000-0000-0000-000000000001'",
    "date": "'2024-02-01'",
    "time": "'12:00:00.5'",
    "time with time zone": "'12:00:00+02'",
    "timestamp": "'0044-03-15 00:00:00 BC'",
    "timestamp with time zone": "'2024-02-01 00:00:00+02'",
    "interval": "'1 year 2 mons -3 days 04:05:06.7'",
    "json": """'{"b": 1,  "a": [1]}'""",
    "jsonb": """'{"b": 1, "a": [1]}'""",
    "jsonpath": "'$.a'",
    "integer[]": "'{1,NULL}'",
    "text[]": '\'{{a,"b,c"},{"",NULL}}\'',
    "timestamp with time zone[]": "'{2024-02-01 00:00:00+02}'",
    "double precision[]": "ARRAY[0.1::float8 + 0.2]",
    "s.state": "'new, ('",
    "s.positive": "7",
    "s.pair": "ROW(1, '2024-02-01 00:00:00+02')::s.pair",
    "s.pair[]": "ARRAY[ROW(1, NULL)::s.pair]",
    "int4range": "'[1,5)'",
    "tstzrange": "'[2024-02-01 00:00:00+02,)'",
    "int4multirange": "'{[1,5),[7,9)}'",
    "inet": "'10.0.0.1/8'",
    "cidr": "'10.0.0.0/8'",
    "macaddr": "'08:00:2b:01:02:03'",
    "point": "'(0.1,2)'",
    "line": "'{1,2,3}'",
    "lseg": "'[(0,0),(1,1)]'",
    "box": "'(1,1),(0,0)'",
    "path": "'((0,0),(1,1))'",
    "polygon": "'((0,0),(1,1))'",
    "circle": "'<(0,0),1>'",
    "tsvector": "'a:1 b'",
    "tsquery": "'a & b'",
    "oid": "1",
    "regclass": "'s.\"Me asured\"'",
    "regtype": "'s.pair'",
    "pg_lsn": "'0/1'",
}
SET = {
    "TimeZone": "Asia/Kathmandu",
    "DateStyle": "German",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "-10",
    "bytea_output": "escape",
    "search_path": "s",
    "quote_all_identifiers": "on",
    "default_transaction_isolation": "serializable",
}


@pytest.fixture(scope="module")
def shop(postgres_server: PostgresServer) -> Iterator[Database]:
    with database(postgres_server) as fresh:
        fresh.run(
            "CREATE SCHEMA s",
            "CREATE TYPE s.state AS ENUM ('new, (', 'old')",
            "CREATE DOMAIN s.positive AS integer",
            "CREATE TYPE s.pair AS (a integer, b timestamptz)",
            'CREATE TABLE s."Me asured" (a text, b text, c numeric, d float8, e text[], f json)',
        )
        yield fresh


@pytest.fixture(scope="module")
def warehouse(shop: Database) -> Iterator[Warehouse]:
    opened = connect("postgres", shop.settings, Path(), read_only=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def every_type(shop: Database) -> RelationName:
    columns = ", ".join(f"c{at} {kind}" for at, kind in enumerate(VALUES))
    shop.run(
        f"CREATE TABLE s.every_type ({columns})",
        f"INSERT INTO s.every_type VALUES ({', '.join(VALUES.values())})",
        "INSERT INTO s.every_type DEFAULT VALUES",
    )
    return RelationName(shop.name, "s", "every_type")


def test_every_type_has_a_fingerprint_of_its_own(
    shop: Database, warehouse: Warehouse, every_type: RelationName
) -> None:
    measured = warehouse.measure(every_type, fingerprint=True)
    assert (measured.rows, len(measured.columns)) == (2, len(VALUES))
    assert all(column.nulls == 1 for column in measured.columns)
    found = {measured.fingerprint}
    for at in range(len(VALUES)):
        shop.run(f"CREATE TABLE s.changed AS SELECT * FROM s.every_type WHERE c{at} IS NOT NULL")
        shop.run(f"INSERT INTO s.changed SELECT * FROM s.every_type WHERE c{at} IS NULL")
        shop.run(f"UPDATE s.changed SET c{at} = NULL")
        changed = RelationName(shop.name, "s", "changed")
        found.add(warehouse.measure(changed, fingerprint=True).fingerprint)
        shop.run("DROP TABLE s.changed")
    assert len(found) == len(VALUES) + 1


def test_what_the_database_sets_does_not_matter(
    shop: Database, warehouse: Warehouse, every_type: RelationName
) -> None:
    names = [every_type, RelationName(shop.name, "s", "Me asured")]
    before = [warehouse.measure(name, fingerprint=True, totals=["c3"]) for name in names]
    kinds = warehouse.relations(names)
    for name, value in SET.items():
        shop.run(f"ALTER DATABASE {shop.name} SET {name} TO '{value}'")
    try:
        other = connect("postgres", shop.settings, Path(), read_only=False)
        try:
            assert [
                other.measure(name, fingerprint=True, totals=["c3"]) for name in names
            ] == before
            assert other.relations(names) == kinds
        finally:
            other.close()
    finally:
        shop.run(f"ALTER DATABASE {shop.name} RESET ALL")


def test_where_rows_lie_does_not_matter(shop: Database, warehouse: Warehouse) -> None:
    shop.run(
        "CREATE TABLE s.one AS SELECT i, i::text AS t FROM generate_series(1, 20000) i",
        "CREATE TABLE s.two (gone text, i integer, t text STORAGE EXTERNAL) PARTITION BY HASH (i)",
        "CREATE TABLE s.two_0 PARTITION OF s.two FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        "CREATE TABLE s.two_1 PARTITION OF s.two FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
        "ALTER TABLE s.two DROP COLUMN gone",
        "INSERT INTO s.two SELECT * FROM s.one ORDER BY t DESC",
        "CREATE MATERIALIZED VIEW s.three AS SELECT * FROM s.two",
        "CREATE VIEW s.four AS SELECT * FROM s.three",
    )
    found = {
        warehouse.measure(RelationName(shop.name, "s", name), fingerprint=True, totals=["i"])
        for name in ("one", "two", "three", "four")
    }
    assert len(found) == 1
    (measure,) = found
    assert [each.total for each in measure.columns] == ["200010000", None]


TEXTS = st.none() | st.sampled_from(["", "a", "ab", "b", "bc", "c", '"', "\\", ",", "()", "NULL"])
ROWS = st.lists(
    st.tuples(
        TEXTS,
        TEXTS,
        st.none() | st.sampled_from(["0", "1", "1.0", "1.00", "10", "NaN", "Infinity"]),
        st.none() | st.sampled_from(["0", "-0", "NaN", "Infinity", "0.1", "0.10000000000000002"]),
        st.none() | st.lists(TEXTS, max_size=3).map(tuple),
        st.none() | st.sampled_from(["{}", "{ }", "1", "null", '"1"', "[1]"]),
    ),
    max_size=5,
)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, others=ROWS, data=st.data())
@example(rows=[("a", "bc", *[None] * 4)], others=[("ab", "c", *[None] * 4)], data=None)
@example(rows=[(None, "", *[None] * 4)], others=[("", None, *[None] * 4)], data=None)
@example(
    rows=[("a", "1", *[None] * 4), ("b", "2", *[None] * 4)],
    others=[("a", "2", *[None] * 4), ("b", "1", *[None] * 4)],
    data=None,
)
@example(rows=[("a", *[None] * 5)] * 2, others=[("b", *[None] * 5)] * 2, data=None)
def test_the_same_rows_and_no_others_have_the_same_fingerprint(
    shop: Database,
    warehouse: Warehouse,
    rows: list[tuple[Any, ...]],
    others: list[tuple[Any, ...]],
    data: Any,
) -> None:
    print_of = fingerprint(shop, warehouse, rows)
    shuffled = data.draw(st.permutations(rows)) if data else rows[::-1]
    assert fingerprint(shop, warehouse, shuffled) == print_of
    same = Counter(rows) == Counter(others)
    assert (fingerprint(shop, warehouse, others) == print_of) is same


def fingerprint(shop: Database, warehouse: Warehouse, rows: Sequence[tuple[Any, ...]]) -> str:
    with shop.connect() as connection:
        connection.execute('TRUNCATE s."Me asured"')
        for row in rows:
            values = [list(each) if isinstance(each, tuple) else each for each in row]
            connection.execute(
                'INSERT INTO s."Me asured" VALUES (%s, %s, %s::numeric, %s::float8, %s::text[],'
                " %s::json)",
                values,
            )
    measured = warehouse.measure(RelationName(shop.name, "s", "Me asured"), fingerprint=True)
    assert measured.fingerprint is not None
    return measured.fingerprint


def test_names_and_types_are_a_part_of_it(shop: Database, warehouse: Warehouse) -> None:
    made = {
        "n1": "SELECT 1 AS a, 2 AS b",
        "n2": "SELECT 1 AS b, 2 AS a",
        "n3": "SELECT 1::bigint AS a, 2 AS b",
        "n4": "SELECT 1 AS a, 2 AS b, NULL::text AS c",
    }
    shop.run(*(f"CREATE TABLE s.{name} AS {query}" for name, query in made.items()))
    names = [RelationName(shop.name, "s", name) for name in made]
    assert len({warehouse.measure(name, fingerprint=True).fingerprint for name in names}) == 4


def test_a_table_without_columns_is_measured(shop: Database, warehouse: Warehouse) -> None:
    shop.run("CREATE TABLE s.nothing ()", "INSERT INTO s.nothing DEFAULT VALUES")
    measured = warehouse.measure(RelationName(shop.name, "s", "nothing"), fingerprint=True)
    assert (measured.rows, measured.columns) == (1, ())


def test_a_query_stops_at_its_limit_and_writes_nothing(
    shop: Database, warehouse: Warehouse
) -> None:
    answer = warehouse.query("SELECT generate_series(1, 100000000000)", limit=2)
    assert answer.rows == ((1,), (2,))
    writable = connect("postgres", shop.settings, Path(), read_only=False)
    try:
        for query in (
            "SELECT set_config('transaction_read_only', 'off', false)",
            "SELECT 1; COMMIT; CREATE TABLE s.sneaked ()",
            "SELECT nextval('s.counted')",
            "VALUES (lo_create(0))",
        ):
            with pytest.raises(WarehouseFailed):
                writable.query(query, limit=1)
        assert writable.relations([RelationName(shop.name, "s", "sneaked")]) == {}
    finally:
        writable.close()


def test_the_text_of_a_fingerprint() -> None:
    name = RelationName("shop", 'go"ld', "orders")
    assert sql.fingerprint_rows(name, ["id", 'a"b'], ["id"]) == (
        "SELECT count(*), bit_xor(h), sum(h), count(c0), count(c1), sum(c0)::text"
        ' FROM (SELECT pg_catalog.hashtextextended(ROW("id", "a""b")::text COLLATE "C", 0) AS h,'
        ' "id" AS c0, "a""b" AS c1 FROM "go""ld"."orders" OFFSET 0) AS hashed'
    )
    assert sql.count_duplicates(name, ["id", "b"]) == (
        'SELECT count(*) FROM (SELECT FROM "go""ld"."orders" WHERE "id" IS NOT NULL'
        ' AND "b" IS NOT NULL GROUP BY "id", "b" HAVING count(*) > 1) AS more'
    )
