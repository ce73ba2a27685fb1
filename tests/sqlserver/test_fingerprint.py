"""The logic of the fingerprint, tried in another database: the statement is translated for DuckDB
by sqlglot, so that the encoding, its order and the sums are ours, and only the functions that make
bytes of a value are DuckDB's."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_rewind.model import Column, RelationName
from dbt_rewind.warehouse.sqlserver_measure import _fingerprint
from dbt_rewind.warehouse.sqlserver_measure_sql import LANES, encoded, fingerprint_rows, has_sum
from dbt_rewind.warehouse.sqlserver_types import type_text

COLUMNS = (Column("a", "nvarchar(50)"), Column("b", "nvarchar(50)"))
Row = tuple[str | None, str | None]
ROWS = st.lists(st.tuples(*[st.none() | st.text("abc\0\1", max_size=3)] * 2), max_size=6)


def encodings(rows: Sequence[Row]) -> list[bytes]:
    """Each row as the bytes that are hashed."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (number INTEGER, a VARCHAR, b VARCHAR)")
    for number, row in enumerate(rows):
        connection.execute("INSERT INTO t VALUES (?, ?, ?)", [number, *row])
    expression = " || ".join(in_duckdb(encoded(column)) for column in COLUMNS)
    found = connection.execute(f"SELECT {expression} FROM t AS r ORDER BY number").fetchall()
    connection.close()
    return [bytes(row[0]) for row in found]


def in_duckdb(expression: str) -> str:
    """The same expression with DuckDB's functions."""
    text = re.sub(r"\[(\w+)\]", r'"\1"', expression)
    text = text.replace("CONVERT(varbinary(max), 0x00)", "'\\x00'::BLOB")
    text = text.replace("CONVERT(varbinary(max), 0x01)", "'\\x01'::BLOB")
    text = re.sub(r'CONVERT\(varbinary\(max\), (r\."\w+")\)', r"encode(\1)", text)
    text = re.sub(
        r"CONVERT\(binary\(8\), CONVERT\(bigint, DATALENGTH\((encode\([^)]*\))\)\)\)",
        r"unhex(printf('%016x', octet_length(\1)))",
        text,
    )
    assert "CONVERT" not in text
    return "(" + text.replace(" + ", " || ") + ")"


@settings(deadline=None, max_examples=30)
@given(ROWS)
def test_no_two_rows_are_encoded_alike(rows: list[Row]) -> None:
    found = encodings(rows)
    assert len(set(found)) == len(set(rows))


@pytest.mark.parametrize(
    ("one", "other"),
    [(("a", "bc"), ("ab", "c")), ((None, "a"), ("", "a")), (("a", None), (None, "a"))],
)
def test_what_is_easily_mixed_up(one: Row, other: Row) -> None:
    assert len(set(encodings([one, other]))) == 2


def test_the_sums_tell_contents_apart() -> None:
    lanes = [1, -(2**63), 2**63 - 1, 5 * 2**70]
    found = _fingerprint(COLUMNS, 3, lanes)
    assert found.startswith("sqlserver-1:3-")
    assert found == _fingerprint(COLUMNS, 3, lanes)
    others = [
        _fingerprint(COLUMNS, 2, lanes),
        _fingerprint(COLUMNS[::-1], 3, lanes),
        _fingerprint((Column("a", "int"), COLUMNS[1]), 3, lanes),
        *(
            _fingerprint(COLUMNS, 3, [*lanes[:at], lanes[at] + 1, *lanes[at + 1 :]])
            for at in range(LANES)
        ),
    ]
    assert len({found, *others}) == 1 + len(others)


def test_no_checksum_and_no_order() -> None:
    text = fingerprint_rows(RelationName("shop", "gold", "orders"), COLUMNS)
    assert "CHECKSUM" not in text
    assert "ORDER BY" not in text
    assert text.count("SHA2_256") == 1


def test_what_has_a_sum() -> None:
    numbers = "int bigint smallint tinyint money smallmoney real float decimal(5,2) numeric(5,0)"
    assert all(has_sum(Column("a", name)) for name in numbers.split())
    others = "bit nvarchar(50) date uniqueidentifier sql_variant [dbo].[int]"
    assert not any(has_sum(Column("a", name)) for name in others.split())


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("nvarchar", None, 100, 0, 0), "nvarchar(50)"),
        (("nvarchar", None, -1, 0, 0), "nvarchar(max)"),
        (("varbinary", None, 20, 0, 0), "varbinary(20)"),
        (("decimal", None, 9, 18, 2), "decimal(18,2)"),
        (("datetime2", None, 8, 27, 7), "datetime2(7)"),
        (("float", None, 8, 53, 0), "float"),
        (("int", None, 4, 10, 0), "int"),
        (("Flag ]", "d bo", 1, 1, 0), "[d bo].[Flag ]]]"),
    ],
)
def test_how_a_type_is_spelled(parts: tuple[str, str | None, int, int, int], expected: str) -> None:
    assert type_text(*parts) == expected
