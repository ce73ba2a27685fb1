"""Which tables SQL text has written out."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_rewind.dbt.sql_names import table_names


def names(sql: str) -> list[str]:
    return [".".join(name.parts) for name in table_names(sql)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from silver.orders", ["silver.orders"]),
        ("SELECT * FROM Silver . Orders o", ["Silver.Orders"]),
        ('select * from "my db"."Silver"."or""ders"', ['my db.Silver.or"ders']),
        ("select * from a.b, c.d join e.f using (id)", ["a.b", "c.d", "e.f"]),
        ("select * from a.b as x\nleft join c.d as y on x.i = y.i, e.f", ["a.b", "c.d"]),
        ("with x as (select 1 from a.b) select * from x join c.d on true", ["a.b", "c.d"]),
        ("with x(i, j) as not materialized (select 1) select * from x, y", ["y"]),
        ("from a.b", ["a.b"]),
        ("insert into a.b (id) select id from c.d", ["a.b", "c.d"]),
        ("update a.b set x = 1", ["a.b"]),
        ("create table if not exists a.b as select 1", ["a.b"]),
        ("delete from a.b using c.d where true", ["a.b", "c.d"]),
        ("merge into a.b using c.d on a.b.id = c.d.id", ["a.b", "c.d"]),
        ("comment on column a.b.c is 'x'", ["a.b.c"]),
        ("select * from (select * from a.b) as c, d.e", ["a.b", "d.e"]),
        ("select * from orders", ["orders"]),
        ("{% set q %}select * from a.b{% endset %}", ["a.b"]),
    ],
)
def test_tables_that_are_written_out(sql: str, expected: list[str]) -> None:
    assert names(sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "select silver.orders, silver.id from {{ ref('x') }} as silver",
        "select * from {{ ref('orders') }} where silver.orders = 1",
        "select 1 -- from silver.orders",
        "select 1 /* from silver.orders */",
        "select 'from silver.orders' as text",
        "select $$ from silver.orders $$, $t$ from silver.orders $t$",
        "{# select * from silver.orders #} select 1",
        "{{ run('select * from silver.orders') }}",
        "select * from {{ target.schema }}.orders",
        "select * from silver.{{ name }} orders",
        "select * from silver.{{ name }}\norders",
        "select extract(year from silver.orders), trim(both from silver.orders)",
        "select a is distinct from silver.orders",
        "select * from silver.orders('a table function')",
        "select i from {{ x }} order by silver.orders, silver.id",
        "select \"from silver.orders\", 'it''s from silver.orders' ",
        "select '-- it' as a /* isn't */",
        "",
        "(((",
        "from",
        "from a.",
    ],
)
def test_what_only_looks_like_one(sql: str) -> None:
    assert not [name for name in names(sql) if "." in name]


def test_a_name_is_where_it_was_written() -> None:
    sql = "-- {{ x }} é\nselect *\nfrom  silver.orders"
    (name,) = table_names(sql)
    assert sql[name.start : name.end] == "silver.orders"


@given(st.text(alphabet="fromjin selct,.()\"'-/*{}%#$\nas\0"))
def test_no_text_is_too_odd(sql: str) -> None:
    for name in table_names(sql):
        assert 0 <= name.start < name.end <= len(sql)
        assert all(name.parts) or '""' in sql


def test_long_text_takes_linear_time() -> None:
    sql = "select a.b, c.d from {{ ref('x') }} as a join c on a.i = c.i where x = 'y'\n" * 2_000
    begun = time.perf_counter()
    table_names(sql)
    assert time.perf_counter() - begun < 5
