"""Every statement of every dialect behind the adapter door, against a golden file and a parser that
knows the dialect. For those that were never tried, this is all that is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from dbt_rewind.model import RelationKind, RelationName
from dbt_rewind.warehouse import dbt_adapter_ledger_sql as ledger
from dbt_rewind.warehouse import dbt_adapter_sql as sql
from dbt_rewind.warehouse.dbt_adapter import capabilities_of
from dbt_rewind.warehouse.dbt_adapter_channel import Value
from dbt_rewind.warehouse.dbt_adapter_dialect import Dialect
from dbt_rewind.warehouse.dialects import DIALECTS

GOLDEN = Path(__file__).parent / "golden_dialects"
POINTER = RelationName("shop", "gold", "Orders")
TARGET = RelationName("shop", "rewind_r2_gold", "Orders")
ASIDE = RelationName("shop", "gold", "Orders__r1")
COMMENTS = {"id": 'the "key"\'s'}

UNPARSED = {
    "bigquery": ("ALTER VIEW", "SET OPTIONS"),
    "databricks": ("DEEP CLONE",),
    "postgres": ("SET SCHEMA",),
    "trino": ("COMMENT ON VIEW",),
}
"""What sqlglot takes for a command that it does not look into."""


def statements(dialect: Dialect) -> Iterator[tuple[str, str]]:
    """What is done, and the statement for it; values are marked or written as the driver needs."""
    text = "it's 100 % \\ $x"
    yield (
        "create a pointer",
        sql.create_pointer(dialect, POINTER, TARGET, ("id", "Label"), "orders' facts", COMMENTS),
    )
    yield (
        "re-point",
        sql.replace_pointer(dialect, POINTER, TARGET)
        or sql.create_pointer(dialect, POINTER, TARGET),
    )
    yield "drop a pointer", sql.drop_relation(dialect, POINTER, RelationKind.VIEW)
    for kind in (RelationKind.TABLE, RelationKind.VIEW):
        if sql.comment_on(dialect, POINTER, kind, text):
            yield f"comment a {kind}", sql.comment_on(dialect, POINTER, kind, text)
    if dialect.comments.column is not None:
        yield "comment a column", sql.comment_on_column(dialect, TARGET, "id", text)
    for number, each in enumerate(sql.copy_table(dialect, POINTER, TARGET, ("id", "Label"))):
        yield f"copy a table, {number + 1}", each
    yield "rename a table", sql.rename(dialect, POINTER, ASIDE, RelationKind.TABLE)
    if dialect.rename_view is not None:
        yield "rename a view", sql.rename(dialect, POINTER, ASIDE, RelationKind.VIEW)
    for each in sql.relocate(dialect, ASIDE, TARGET, RelationKind.TABLE):
        yield "to another schema", each
    yield "make a schema", sql.create_schema(dialect, "shop", "gold")
    dropping = sql.drop_schema(dialect, "shop", "rewind_r2_gold")
    if dropping is not None:
        yield "drop a schema", dropping
    yield "count rows", sql.count_rows(dialect, TARGET)
    yield "fingerprint", sql.fingerprint_rows(dialect, TARGET, ("id", "Label"), ("id",))
    yield "duplicates", sql.count_duplicates(dialect, TARGET, ("id", "Label"))
    yield "a user's query", sql.first_rows("SELECT 1 AS one", 5)
    yield from on_the_ledger(dialect)
    yield from on_the_catalogue(dialect)


def on_the_ledger(dialect: Dialect) -> Iterator[tuple[str, str]]:
    for statement in ledger.create_ledger(dialect, "shop"):
        yield "make the ledger", statement
    event: list[Value] = ["prod", 1, "2026", "started", 1, '{"a": "it\'s"}', "0", "1"]
    taken: list[Value] = ["ada", "host", 1, "s", "deploy", 2, "a", "e", True]
    asked: list[tuple[str, str, list[Value]]] = [
        ("append an event", ledger.append_event(dialect, "shop"), [*event, "prod", 1]),
        ("insert an event", ledger.insert(dialect, "shop", "event", ledger.EVENT), event),
        ("events", ledger.select_events(dialect, "shop"), ["prod", 3]),
        ("the last event", ledger.select_last(dialect, "shop"), ["prod"]),
        ("take the lease", ledger.take_lease(dialect, "shop"), [*taken, "prod", 1, False]),
        ("the first lease", ledger.first_lease(dialect, "shop"), [*taken, 1, "prod", "prod"]),
        ("hold the lease", ledger.touch_lease(dialect, "shop"), ["prod", 2]),
        ("prolong the lease", ledger.prolong_lease(dialect, "shop"), ["e", "prod", 2]),
        ("free the lease", ledger.free_lease(dialect, "shop"), ["prod", 2]),
        ("known artifacts", ledger.select_known_artifacts(dialect, "shop", 2), ["a", "b"]),
        ("forget artifacts", ledger.delete_artifacts(dialect, "shop", 2), ["a", "b"]),
        ("others' payloads", ledger.select_payloads_of_others(dialect, "shop"), ["prod"]),
        ("raise the version", ledger.raise_version(dialect, "shop"), [2, 1]),
    ]
    for what, text, values in asked:
        yield what, sql.rendered(dialect, text, values)[0]
    for statement in ledger.select_environments(dialect, "shop"):
        yield "environments", statement
    if dialect.journalled:
        journal = ledger.insert(dialect, "shop", "journal", ledger.JOURNAL)
        yield "write the journal", sql.rendered(dialect, journal, ["prod", "1", "{}"])[0]
    yield "remove the ledger", ledger.drop_ledger(dialect, "shop")[0]


def on_the_catalogue(dialect: Dialect) -> Iterator[tuple[str, str]]:
    catalogue = dialect.catalogue
    if catalogue is None:
        return
    for name in ("relations", "columns", "views", "comments", "sizes", "referred"):
        text = getattr(catalogue, name)
        if text is not None:
            yield (
                name,
                text.format(
                    database=sql.quoted(dialect, "shop"),
                    database_text=sql.literal(dialect, sql.folded(dialect, "shop")),
                    schema=sql.qualified_schema(dialect, "shop", "gold"),
                    schemas=sql.literal(dialect, sql.folded(dialect, "gold")),
                ),
            )


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_statements_are_as_they_were_written(dialect: Dialect, update_golden: bool) -> None:
    file = GOLDEN / f"{dialect.name}.sql"
    text = "".join(f"-- {what}\n{statement};\n" for what, statement in statements(dialect))
    if update_golden:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_a_parser_of_the_dialect_understands_them(dialect: Dialect) -> None:
    for what, statement in statements(dialect):
        readable = statement.replace(" OVERRIDING SYSTEM VALUE", "")  # sqlglot does not know it
        (parsed,) = sqlglot.parse(readable, read=dialect.name)
        assert parsed is not None, what
        looked_into = not isinstance(parsed, exp.Command)
        known = any(words in statement for words in UNPARSED.get(dialect.name, ()))
        assert looked_into or known, (what, statement)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_a_pointer_shows_all_of_its_target(dialect: Dialect) -> None:
    (parsed,) = sqlglot.parse(
        sql.create_pointer(dialect, POINTER, TARGET, ("id", "Label"), "c", COMMENTS),
        read=dialect.name,
    )
    assert isinstance(parsed, exp.Create)
    (select,) = parsed.find_all(exp.Select)
    assert select.is_star
    (table,) = select.find_all(exp.Table)
    assert (table.db, table.name) == (
        sql.spelled(dialect, TARGET.schema),
        sql.spelled(dialect, TARGET.name),
    )


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_hostile_names_and_texts_stay_names_and_texts(dialect: Dialect) -> None:
    for hostile in ('a"; drop table x; --', "a`; drop table x; --", "a'; drop table x; --", "\\'"):
        name = RelationName("shop", hostile, hostile)
        parsed = sqlglot.parse(sql.count_rows(dialect, name), read=dialect.name)
        assert len(parsed) == 1
        text = sql.rendered(dialect, f"SELECT {sql.VALUE} AS it", [hostile])[0]
        assert len(sqlglot.parse(text, read=dialect.name)) == 1


def test_those_that_were_never_tried_say_so() -> None:
    tried = {name for name, each in DIALECTS.items() if capabilities_of(each, {}).tried}
    assert tried == {"duckdb", "postgres", "spark"}


def test_no_statement_drops_what_depends() -> None:
    for dialect in DIALECTS.values():
        for _, statement in statements(dialect):
            assert "CASCADE" not in statement.upper()
    assert DIALECTS["snowflake"].drop_schema is None  # there, CASCADE is what it does unasked


def test_one_digest_names_all_of_an_artifact() -> None:
    from dbt_rewind.warehouse.dbt_adapter_ledger import parts_of

    content = hashlib.sha256(b"x").digest() * 100
    parts = parts_of(content, 1_000)
    assert [number for number, _, _ in parts] == list(range(len(parts)))
    assert {total for _, total, _ in parts} == {len(parts)}
    assert all(len(text) <= 1_000 for _, _, text in parts)
