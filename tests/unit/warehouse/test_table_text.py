"""Reading the definitions of tables and indexes."""

from __future__ import annotations

import pytest

from dbt_rewind.warehouse.table_text import IndexText, TableText, read_index, read_table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE TABLE s.t(i INTEGER);", TableText("i INTEGER", ("i",))),
        (
            "CREATE TABLE s.t(id INTEGER PRIMARY KEY, d DECIMAL(10,2), CHECK((id > 0)));",
            TableText("id INTEGER PRIMARY KEY, d DECIMAL(10,2), CHECK((id > 0))", ("id", "d")),
        ),
        (
            "CREATE TABLE t(a INTEGER, g INTEGER GENERATED ALWAYS AS((a + 1)));",
            TableText("a INTEGER, g INTEGER GENERATED ALWAYS AS((a + 1))", ("a",)),
        ),
        (
            "CREATE TABLE t(a INTEGER, FOREIGN KEY (a) REFERENCES s.p(id), UNIQUE(a));",
            TableText("a INTEGER, UNIQUE(a)", ("a",)),
        ),
        (
            """CREATE TABLE t("FOREIGN" TEXT DEFAULT('it''s, (x'), "a,""(b" ENUM('x,(', 'y'));""",
            TableText(
                """"FOREIGN" TEXT DEFAULT('it''s, (x'), "a,""(b" ENUM('x,(', 'y')""",
                ("FOREIGN", 'a,"(b'),
            ),
        ),
        (
            'CREATE TABLE t(s STRUCT(a INTEGER, "GENERATED" VARCHAR), generated INTEGER[]);',
            TableText(
                's STRUCT(a INTEGER, "GENERATED" VARCHAR), generated INTEGER[]',
                ("s", "generated"),
            ),
        ),
    ],
)
def test_tables(text: str, expected: TableText) -> None:
    assert read_table(text) == expected


@pytest.mark.parametrize(
    "text", ["", "CREATE VIEW a AS SELECT 1;", "CREATE TABLE t", "CREATE TABLE t(a INTEGER"]
)
def test_what_is_no_table(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_table(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE INDEX i ON s.t(a);", IndexText(False, "(a)")),
        ('CREATE UNIQUE INDEX "i i" ON s."t;"("B b", a);', IndexText(True, '("B b", a)')),
        ("CREATE INDEX i ON t(((k + 1)), id);", IndexText(False, "(((k + 1)), id)")),
    ],
)
def test_indexes(text: str, expected: IndexText) -> None:
    assert read_index(text) == expected


@pytest.mark.parametrize(
    "text", ["", "CREATE TABLE t(i INTEGER);", "CREATE INDEX ON", "CREATE INDEX i ON", "DROP INDEX"]
)
def test_what_is_no_index(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_index(text)
