"""SQL text for PostgreSQL, without a server."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from dbt_rewind.errors import NameTooLong
from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse import postgres_sql as sql
from dbt_rewind.warehouse.postgres_privileges import Privilege, let_read, statements, wanted

ORDERS = RelationName("shop", "gold", "orders")
NASTY = RelationName("shop", 'a"; --', "It's\n%s")
BUILT = RelationName("shop", "rewind_r2_gold", "orders")

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(NAMES.filter(lambda name: len(name.encode()) <= sql.LONGEST_NAME))
def test_a_quoted_name_reads_back(name: str) -> None:
    quoted = sql.quoted(name)
    assert quoted[0] == quoted[-1] == '"'
    assert '"' not in quoted[1:-1].replace('""', "")
    assert quoted[1:-1].replace('""', '"') == name


@given(NAMES, st.integers(64, 200))
def test_a_name_that_would_be_cut_off_is_refused(name: str, length: int) -> None:
    long = name * (length // len(name.encode()) + 1)
    with pytest.raises(NameTooLong):
        sql.quoted(long)


def test_the_length_is_that_of_bytes() -> None:
    assert sql.quoted("é" * 31 + "x") == '"' + "é" * 31 + 'x"'
    with pytest.raises(NameTooLong, match="63 bytes"):
        sql.quoted("é" * 32)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", "''"), ("it's", "'it''s'"), ("a\\b'", "E'a\\\\b'''"), ("\\", "E'\\\\'"), ("%s", "'%s'")],
)
def test_a_literal(text: str, expected: str) -> None:
    assert sql.literal(text) == expected


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            sql.create_pointer(ORDERS, BUILT, []),
            'CREATE VIEW "gold"."orders" AS SELECT * FROM "rewind_r2_gold"."orders"',
        ),
        (
            sql.replace_pointer(NASTY, BUILT, ["security_barrier=true", "check_option=local"]),
            'CREATE OR REPLACE VIEW "a""; --"."It\'s\n%s"'
            " WITH (\"security_barrier\" = 'true', \"check_option\" = 'local')"
            ' AS SELECT * FROM "rewind_r2_gold"."orders"',
        ),
        (
            sql.create_view(ORDERS, [], " SELECT 1 AS one;\n"),
            'CREATE VIEW "gold"."orders" AS  SELECT 1 AS one',
        ),
        (
            sql.create_materialized_view(
                ORDERS,
                ["fillfactor=70"],
                " SELECT 1 AS one;",
                method="heap",
                tablespace="fast",
                populated=False,
            ),
            'CREATE MATERIALIZED VIEW "gold"."orders" USING "heap" WITH ("fillfactor" = \'70\')'
            ' TABLESPACE "fast" AS  SELECT 1 AS one WITH NO DATA',
        ),
        (sql.give_to(ORDERS, 'o"'), 'ALTER TABLE "gold"."orders" OWNER TO "o"""'),
        (sql.together(["a 'b'", "c"]), "DO 'BEGIN EXECUTE ''a ''''b''''; c''; END'"),
        (sql.bound(timedelta(milliseconds=300)), "SET LOCAL statement_timeout TO 300"),
        (sql.bound(timedelta()), "SET LOCAL statement_timeout TO 1"),
        (sql.bound_locks(timedelta(seconds=2)), "SET LOCAL lock_timeout TO 2000"),
        (sql.drop_relation(ORDERS, RelationKind.VIEW), 'DROP VIEW "gold"."orders"'),
        (
            sql.comment_on_column(ORDERS, 'i"d', None),
            'COMMENT ON COLUMN "gold"."orders"."i""d" IS NULL',
        ),
        (
            sql.declare_cursor("c", "select 1;"),
            'DECLARE "c" NO SCROLL CURSOR WITHOUT HOLD FOR select 1;',
        ),
    ],
)
def test_statements(made: str, expected: str) -> None:
    assert made == expected
    assert "CASCADE" not in made


@pytest.mark.parametrize(
    "statement",
    [
        sql.create_pointer(NASTY, BUILT, ["security_barrier=true"]),
        sql.replace_pointer(ORDERS, BUILT, []),
        sql.drop_relations([ORDERS, NASTY], RelationKind.VIEW),
        sql.create_schema('a"b'),
        *let_read("o", BUILT),
    ],
)
def test_a_parser_understands_them(statement: str) -> None:
    (parsed,) = sqlglot.parse(statement, dialect="postgres")
    assert parsed is not None
    assert type(parsed).__name__ in ("Create", "Drop", "Grant")


READS = Privilege("ada", "SELECT")
WRITES = Privilege("ada", "INSERT")
GRANTS = Privilege("ada", "SELECT", may_grant=True)
EVERYBODY = Privilege(None, "SELECT")
COLUMN = Privilege("ada", "SELECT", "id")


@pytest.mark.parametrize(
    ("held", "left", "reached", "expected"),
    [
        (set(), set(), {READS}, {READS}),
        ({READS}, {READS}, set(), set()),
        ({READS}, {READS}, {READS}, {READS}),
        ({READS}, set(), set(), {READS}),
        ({READS, EVERYBODY}, {EVERYBODY}, set(), {READS}),
        ({WRITES}, {WRITES}, set(), {WRITES}),
        (set(), set(), {WRITES}, set()),
        ({GRANTS}, set(), {READS}, {GRANTS}),
        ({GRANTS}, {READS}, {READS}, {GRANTS}),
        (set(), set(), {COLUMN}, {COLUMN}),
        ({READS, COLUMN}, {COLUMN}, set(), {READS}),
        (set(), set(), {Privilege("owner", "SELECT")}, set()),
    ],
)
def test_what_a_pointers_privileges_are_to_be(
    held: set[Privilege], left: set[Privilege], reached: set[Privilege], expected: set[Privilege]
) -> None:
    assert wanted(held, left, reached, "owner") == expected


def test_privileges_are_said() -> None:
    now = {READS, Privilege(None, "SELECT"), Privilege('a"', "UPDATE", 'c"')}
    then = {GRANTS, Privilege("eve", "SELECT", "gone"), Privilege("eve", "SELECT", "id")}
    assert statements(ORDERS, now, then, {"id"}) == [
        'REVOKE SELECT ON "gold"."orders" FROM "ada"',
        'REVOKE SELECT ON "gold"."orders" FROM PUBLIC',
        'REVOKE UPDATE ("c""") ON "gold"."orders" FROM "a"""',
        'GRANT SELECT ON "gold"."orders" TO "ada" WITH GRANT OPTION',
        'GRANT SELECT ("id") ON "gold"."orders" TO "eve"',
    ]
    assert statements(ORDERS, now, now, ()) == []
