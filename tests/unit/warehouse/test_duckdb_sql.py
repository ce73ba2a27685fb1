"""Golden text of the statements for DuckDB."""

from __future__ import annotations

from typing import Any

import pytest

from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse import duckdb_ledger_sql, duckdb_sql
from dbt_rewind.warehouse.table_text import IndexText, TableText

POINTER = RelationName("shop", "gold", "orders")
TARGET = RelationName("shop", "rewind_gold", "orders__r12")
ODD = RelationName('a"b', "c;d", "e.f")


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("orders", '"orders"'),
        ('say "hi"', '"say ""hi"""'),
        ('"; DROP TABLE x; --', '"""; DROP TABLE x; --"'),
        ("select", '"select"'),
        (" ", '" "'),
    ],
)
def test_identifiers_are_quoted(identifier: str, expected: str) -> None:
    assert duckdb_sql.quoted(identifier) == expected


def test_names_are_quoted_part_by_part() -> None:
    assert duckdb_sql.qualified(ODD) == '"a""b"."c;d"."e.f"'


def test_only_ascii_letters_are_folded() -> None:
    assert duckdb_sql.folded("Gold_ÉİZ") == "gold_Éİz"


def test_a_pointer_names_its_relation_without_the_catalogue() -> None:
    assert duckdb_sql.create_pointer(POINTER, TARGET) == (
        'CREATE OR REPLACE VIEW "shop"."gold"."orders" AS SELECT * FROM "rewind_gold"."orders__r12"'
    )


@pytest.mark.parametrize(
    "target", [RelationName("lake", "raw", "orders"), RelationName("shop", "Shop", "orders__r12")]
)
def test_a_pointer_names_the_catalogue_where_it_must(target: RelationName) -> None:
    assert duckdb_sql.create_pointer(POINTER, target).endswith(
        f" FROM {duckdb_sql.qualified(target)}"
    )


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            duckdb_sql.create_schema("shop", "gold"),
            'CREATE SCHEMA IF NOT EXISTS "shop"."gold"',
        ),
        (duckdb_sql.drop_schema("shop", "gold"), 'DROP SCHEMA "shop"."gold"'),
        (
            duckdb_sql.drop_relation(TARGET, RelationKind.TABLE),
            'DROP TABLE "shop"."rewind_gold"."orders__r12"',
        ),
        (
            duckdb_sql.drop_relation(POINTER, RelationKind.VIEW),
            'DROP VIEW "shop"."gold"."orders"',
        ),
        (
            duckdb_sql.comment_on(POINTER, RelationKind.VIEW, "it's"),
            """COMMENT ON VIEW "shop"."gold"."orders" IS 'it''s'""",
        ),
        (
            duckdb_sql.comment_on_column(POINTER, 'a"b', "x"),
            """COMMENT ON COLUMN "shop"."gold"."orders"."a""b" IS 'x'""",
        ),
        (
            duckdb_sql.create_table(TARGET, TableText("id INTEGER PRIMARY KEY", ("id",))),
            'CREATE TABLE "shop"."rewind_gold"."orders__r12" (id INTEGER PRIMARY KEY)',
        ),
        (
            duckdb_sql.create_index("i", TARGET, IndexText(True, "(id)")),
            'CREATE UNIQUE INDEX "i" ON "shop"."rewind_gold"."orders__r12" (id)',
        ),
        (
            duckdb_sql.copy_rows(TARGET, POINTER, ("id", 'a"b')),
            'INSERT INTO "shop"."gold"."orders" ("id", "a""b")'
            ' SELECT "id", "a""b" FROM "shop"."rewind_gold"."orders__r12"',
        ),
        (duckdb_sql.count_rows(POINTER), 'SELECT count(*) FROM "shop"."gold"."orders"'),
        (
            duckdb_sql.fingerprint_rows(POINTER, ("id", "label")),
            'SELECT count(*), bit_xor(hash("id", "label")), sum(hash("id", "label")::HUGEINT),'
            ' count("id"), count("label") FROM "shop"."gold"."orders"',
        ),
        (duckdb_sql.set_option("threads", 4), 'SET "threads" = 4'),
        (duckdb_sql.set_option("a_flag", True), 'SET "a_flag" = true'),
        (duckdb_sql.set_option("time_zone", "it's"), "SET \"time_zone\" = 'it''s'"),
        (
            duckdb_ledger_sql.select_version("shop"),
            'SELECT version FROM "shop"."rewind"."ledger"',
        ),
    ],
)
def test_statements(statement: str, expected: str) -> None:
    assert statement == expected


@pytest.mark.parametrize(
    ("entry", "read_only", "expected"),
    [
        ({"path": "a'b.duckdb"}, False, "ATTACH IF NOT EXISTS 'a''b.duckdb'"),
        (
            {"path": "x", "alias": 'l"ake'},
            True,
            'ATTACH IF NOT EXISTS \'x\' AS "l""ake" (READ_ONLY)',
        ),
        (
            {"path": "x", "type": "sqlite", "secret": "s", "options": {"read_only": True}},
            False,
            'ATTACH IF NOT EXISTS \'x\' (TYPE "sqlite", SECRET "s")',
        ),
        (
            {"path": "x", "options": {"type": "postgres", "schema": "it's", "flag": True, "no": 0}},
            False,
            'ATTACH IF NOT EXISTS \'x\' (TYPE "postgres", "schema" \'it\'\'s\', "flag", "no" 0)',
        ),
    ],
)
def test_attach(entry: dict[str, Any], read_only: bool, expected: str) -> None:
    assert duckdb_sql.attach(entry, read_only=read_only) == expected


def test_the_ledgers_tables() -> None:
    schema, event, artifact, lease, ledger = duckdb_ledger_sql.create_ledger("shop")
    assert schema == 'CREATE SCHEMA IF NOT EXISTS "shop"."rewind"'
    assert (
        event
        == """CREATE TABLE IF NOT EXISTS "shop"."rewind"."event" (
  environment VARCHAR NOT NULL,
  sequence BIGINT NOT NULL,
  "at" VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  version INTEGER NOT NULL,
  payload VARCHAR NOT NULL,
  previous_hash VARCHAR NOT NULL,
  hash VARCHAR NOT NULL,
  PRIMARY KEY (environment, sequence),
  UNIQUE (environment, previous_hash)
)"""
    )
    assert '"artifact" (\n  digest VARCHAR PRIMARY KEY' in artifact
    assert '"lease" (\n  environment VARCHAR PRIMARY KEY' in lease
    assert "CHECK (only_row)" in ledger
