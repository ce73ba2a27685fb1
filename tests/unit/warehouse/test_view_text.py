"""Reading where a view leads, from text that DuckDB itself has written."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.duckdb_sql import create_pointer, create_schema, folded, qualified
from dbt_rewind.warehouse.view_text import pointer_target

ODD_NAMES = [
    "orders",
    "Orders",
    'quo"te',
    '"',
    "a.b",
    "a;b",
    " AS ",
    "x AS SELECT * FROM y",
    'x" AS SELECT * FROM "y',
    "'",
    "--",
    "/* */",
    "new\nline",
    "\t",
    " ",
    "select",
    "view",
    "from",
    "1st",
    "été",
    "表",
    "💥",
    "a$b",
    "%_",
    "\\",
    "$$",
]
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=20
)
MANY = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = duckdb.connect()
    yield opened
    opened.close()


def stored_target(
    connection: duckdb.DuckDBPyConnection, pointer: RelationName, target: RelationName
) -> RelationName | None:
    """What `pointer_target` reads from what DuckDB stores of a pointer; all is undone."""
    connection.begin()
    try:
        for schema in (pointer.schema, target.schema):
            connection.execute(create_schema("memory", schema))
        connection.execute(f"CREATE TABLE {qualified(target)} (i INTEGER)")
        connection.execute(create_pointer(pointer, target))
        ((text,),) = connection.execute(
            "SELECT sql FROM duckdb_views() WHERE NOT internal AND schema_name = ?",
            [pointer.schema],
        ).fetchall()
    finally:
        connection.rollback()
    return pointer_target(text, "memory")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_is_read_back(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    target = RelationName("memory", f"rewind {name}", name)
    pointer = RelationName("memory", f"public {name}", name)
    assert stored_target(connection, pointer, target) == target


@MANY
@given(schema=NAMES, name=NAMES, pointer=NAMES)
@example(schema="x", name='"."', pointer='"')
def test_arbitrary_names_are_read_back(
    connection: duckdb.DuckDBPyConnection, schema: str, name: str, pointer: str
) -> None:
    taken = {"main", "information_schema", "pg_catalog", "memory", "temp", "system", "public"}
    assume(folded(schema) not in taken)
    target = RelationName("memory", schema, name)
    assert stored_target(connection, RelationName("memory", "public", pointer), target) == target


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE VIEW g.a AS SELECT * FROM rw.a;", ("home", "rw", "a")),
        ("CREATE VIEW g.a AS SELECT * FROM lake.rw.a;", ("lake", "rw", "a")),
        ('CREATE VIEW g."a;""b" AS SELECT * FROM "r.w"."a AS";', ("home", "r.w", "a AS")),
        ('CREATE VIEW a AS SELECT * FROM "AS"."FROM";', ("home", "AS", "FROM")),
    ],
)
def test_stored_texts(text: str, expected: tuple[str, str, str]) -> None:
    assert pointer_target(text, "home") == RelationName(*expected)


@pytest.mark.parametrize(
    "select",
    [
        "SELECT i FROM rw.a",
        "SELECT DISTINCT * FROM rw.a",
        "SELECT *, 1 FROM rw.a",
        "SELECT * EXCLUDE (j) FROM rw.a",
        "SELECT a.* FROM rw.a",
        "SELECT * FROM rw.a AS b",
        "SELECT * FROM rw.a WHERE i = 1",
        "SELECT * FROM rw.a ORDER BY i",
        "SELECT * FROM rw.a LIMIT 1",
        "SELECT * FROM rw.a TABLESAMPLE 10%",
        "SELECT * FROM rw.a, rw.b",
        "SELECT * FROM rw.a JOIN rw.b USING (i)",
        "SELECT * FROM rw.a UNION ALL SELECT * FROM rw.b",
        "SELECT * FROM (SELECT * FROM rw.a)",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "SELECT * FROM range(3)",
        "VALUES (1)",
        "SELECT '* FROM rw.a;' AS x",
    ],
)
@pytest.mark.parametrize("columns", ["", "(renamed)"])
def test_any_other_view_is_no_pointer(
    connection: duckdb.DuckDBPyConnection, select: str, columns: str
) -> None:
    connection.execute("CREATE SCHEMA IF NOT EXISTS rw")
    for table in ("a", "b"):
        connection.execute(f"CREATE TABLE IF NOT EXISTS rw.{table} (i INTEGER, j INTEGER)")
    connection.execute(f"CREATE OR REPLACE VIEW rw.other{columns} AS {select}")
    ((text,),) = connection.execute(
        "SELECT sql FROM duckdb_views() WHERE view_name = 'other'"
    ).fetchall()
    assert pointer_target(text, "memory") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "CREATE VIEW",
        "CREATE VIEW a AS",
        "CREATE VIEW a AS SELECT * FROM",
        "CREATE VIEW a AS SELECT * FROM ;",
        "CREATE VIEW a AS SELECT * FROM b;",
        "CREATE VIEW a AS SELECT * FROM a.b",
        "CREATE VIEW a AS SELECT * FROM a.b; SELECT 1;",
        "CREATE VIEW a AS SELECT * FROM a.b.c.d;",
        "CREATE VIEW a AS SELECT * FROM a.;",
        "CREATE VIEW a AS SELECT * FROM 'a'.b;",
        'CREATE VIEW a AS SELECT * FROM "a.b;',
        'CREATE "VIEW" a AS SELECT * FROM a.b;',
        "CREATE TEMP VIEW a AS SELECT * FROM a.b;",
        "CREATE TABLE a.b(i INTEGER);",
    ],
)
def test_incomplete_texts_are_no_pointer(text: str) -> None:
    assert pointer_target(text, "home") is None


@MANY
@given(st.text())
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    pointer_target(text, "home")
    pointer_target(f"CREATE VIEW {text} AS SELECT * FROM {text};", "home")
