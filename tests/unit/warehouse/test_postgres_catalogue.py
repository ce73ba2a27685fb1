"""What PostgreSQL's catalogue says of pointers and relations, after whatever befell them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.postgres import Database

from dbt_rewind.errors import NameTaken, NameTooLong, WarehouseFailed
from dbt_rewind.model import Column, PointerState, RelationKind, RelationName, Relocation
from dbt_rewind.warehouse import postgres_relocate
from dbt_rewind.warehouse.connect import connect
from dbt_rewind.warehouse.postgres_open import open_session
from dbt_rewind.warehouse.postgres_settings import postgres_settings
from dbt_rewind.warehouse.postgres_view import plain_columns
from dbt_rewind.warehouse.protocol import Warehouse


@pytest.fixture
def warehouse(postgres: Database) -> Iterator[Warehouse]:
    opened = connect("postgres", postgres.settings, Path(), read_only=False)
    yield opened
    opened.close()


def name_in(postgres: Database, text: str) -> RelationName:
    schema, _, name = text.partition(".")
    return RelationName(postgres.name, schema, name)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (" SELECT id,\n    label\n   FROM gold.orders;", ("id", "label")),
        (" SELECT orders.id,\n    orders.label\n   FROM gold.orders;", ("id", "label")),
        (' SELECT "a ""b,",\n    "select"\n   FROM "g.o"."x FROM y";', ('a "b,', "select")),
        (" SELECT new AS old\n   FROM gold.renamed orders;", ("new",)),
        ("SELECT\n   FROM gold.nothing;", ()),
        (" SELECT id\n   FROM orders;", ("id",)),
        (" SELECT DISTINCT id\n   FROM gold.orders;", None),
        (" SELECT id\n   FROM ONLY gold.orders;", None),
        (" SELECT id\n   FROM gold.orders\n  WHERE id > 1;", None),
        (" SELECT id\n   FROM gold.orders\n LIMIT 1;", None),
        (" SELECT id\n   FROM gold.orders,\n    gold.other;", None),
        (" SELECT id + 1 AS id\n   FROM gold.orders;", None),
        (" SELECT true AS id\n   FROM gold.orders;", None),
        (" SELECT NULL::text AS id\n   FROM gold.orders;", None),
        (" SELECT lower(id) AS id\n   FROM gold.orders;", None),
        (" SELECT id\n   FROM gold.orders TABLESAMPLE system (1);", None),
        (" SELECT 1 AS one;", None),
        ("", None),
    ],
)
def test_a_view_that_takes_columns_and_nothing_else(
    text: str, columns: tuple[str, ...] | None
) -> None:
    assert plain_columns(text) == columns


POINTERS = {
    "SELECT * FROM t": True,
    "TABLE t": True,
    "SELECT id, label, other FROM t": True,
    "SELECT x.id, x.label, x.other FROM t AS x": True,
    "SELECT x.* FROM t AS x": True,
    "SELECT * FROM t ORDER BY id": False,
    "SELECT * FROM t WHERE true": False,
    "SELECT label, id, other FROM t": False,
    "SELECT DISTINCT * FROM t": False,
    "SELECT * FROM t UNION ALL SELECT * FROM t": False,
    "SELECT t.* FROM t, t AS u": False,
    "SELECT id, label, id AS other FROM t": False,
    "SELECT id, label, other::varchar AS other FROM t": False,
    "SELECT * FROM ONLY t": False,
    "SELECT t.*, current_date AS today FROM t": False,
    "SELECT * FROM t LIMIT 5": False,
    "SELECT * FROM t TABLESAMPLE system (50)": False,
    "WITH u AS (SELECT * FROM t) SELECT * FROM u": False,
    "SELECT * FROM (SELECT * FROM t) AS u": False,
    "VALUES (1, 'a', 'b')": False,
}


def test_what_is_a_pointer(postgres: Database, warehouse: Warehouse) -> None:
    postgres.run("CREATE TABLE public.t (id integer, label text, other text)")
    target = name_in(postgres, "public.t")
    names = {}
    for number, (query, is_pointer) in enumerate(POINTERS.items()):
        postgres.run(f"CREATE VIEW public.v{number} AS {query}")
        names[name_in(postgres, f"public.v{number}")] = is_pointer
    states = warehouse.pointers(names)
    for (name, is_pointer), query in zip(names.items(), POINTERS, strict=True):
        expected = PointerState(name, target)
        if not is_pointer:
            expected = PointerState(name, None, RelationKind.VIEW)
        assert states[name] == expected, query


def test_a_pointer_stays_one_whatever_is_renamed(postgres: Database, warehouse: Warehouse) -> None:
    postgres.run(
        'CREATE SCHEMA "g "". old"',
        'CREATE TABLE "g "". old"."from;" (id integer, "a,b" text, "SELECT" text, "é" text)',
        'CREATE VIEW public."p "" 1" AS SELECT * FROM "g "". old"."from;"',
    )
    pointer = RelationName(postgres.name, "public", 'p " 1')
    for change, schema, table in (
        ("SELECT", 'g ". old', "from;"),
        ('ALTER TABLE "g "". old"."from;" RENAME TO "select"', 'g ". old', "select"),
        ('ALTER SCHEMA "g "". old" RENAME TO "WHERE"', "WHERE", "select"),
        ('ALTER TABLE "WHERE"."select" RENAME "a,b" TO "c AS d"', "WHERE", "select"),
        ('ALTER TABLE "WHERE"."select" ADD newer text', "WHERE", "select"),
        ('ALTER VIEW public."p "" 1" SET (security_barrier)', "WHERE", "select"),
        ('ALTER TABLE "WHERE"."select" SET SCHEMA public', "public", "select"),
        ('ALTER TABLE public."select" RENAME TO "it\'s"', "public", "it's"),
    ):
        postgres.run(change)
        found = warehouse.pointers([pointer])[pointer]
        assert found.target == RelationName(postgres.name, schema, table), change


def test_kinds_and_types(postgres: Database, warehouse: Warehouse) -> None:
    postgres.run(
        "CREATE SCHEMA s",
        "CREATE TYPE s.state AS ENUM ('a')",
        "CREATE TYPE public.pair AS (a integer)",
        "CREATE TABLE s.plain (a varchar(3), b numeric(4,1)[], c s.state, d public.pair[],"
        ' e timestamp(3) with time zone, gone text, f "char", g bit varying(7))',
        "ALTER TABLE s.plain DROP gone",
        "CREATE TABLE s.parted (a integer) PARTITION BY LIST (a)",
        "CREATE MATERIALIZED VIEW s.stored AS SELECT a FROM s.plain",
        "CREATE TABLE s.nothing ()",
        "CREATE SEQUENCE s.counted",
        "CREATE INDEX indexed ON s.plain (a)",
    )
    names = {
        each: name_in(postgres, f"s.{each}")
        for each in ("plain", "parted", "stored", "nothing", "counted", "indexed", "absent")
    }
    found = warehouse.relations(names.values())
    assert {name.name: info.kind.value for name, info in found.items()} == {
        "plain": "table",
        "parted": "table",
        "stored": "materialized view",
        "nothing": "table",
    }
    assert found[names["plain"]].columns == (
        Column("a", "character varying(3)"),
        Column("b", "numeric(4,1)[]"),
        Column("c", "s.state"),
        Column("d", "public.pair[]"),
        Column("e", "timestamp(3) with time zone"),
        Column("f", '"char"'),
        Column("g", "bit varying(7)"),
    )
    assert found[names["nothing"]].columns == ()
    elsewhere = RelationName("another", "s", "plain")
    assert warehouse.relations([elsewhere]) == {}
    assert warehouse.pointers([elsewhere])[elsewhere].absent


def test_what_reads_and_what_refers(postgres: Database, warehouse: Warehouse) -> None:
    postgres.run(
        "CREATE TABLE public.a (id integer PRIMARY KEY, up integer REFERENCES public.a)",
        "CREATE TABLE public.b (id integer REFERENCES public.a)",
        "CREATE VIEW public.v AS SELECT a.id FROM public.a JOIN public.b USING (id)",
        "CREATE MATERIALIZED VIEW public.m AS SELECT * FROM public.v",
        "CREATE VIEW public.one AS SELECT 1 AS a",
    )
    a, b, v, m, one = (name_in(postgres, f"public.{each}") for each in ("a", "b", "v", "m", "one"))
    assert warehouse.reads([a, b, v, m, one]) == {v: {a, b}, m: {v}, one: set()}
    assert warehouse.referred([a, b]) == {a: {b}}


def test_sizes(postgres: Database, warehouse: Warehouse) -> None:
    postgres.run(
        "CREATE TABLE public.t AS SELECT i, repeat('x', 100) FROM generate_series(1, 5000) AS i",
        "CREATE MATERIALIZED VIEW public.m AS SELECT * FROM public.t",
        "CREATE TABLE public.p (i integer, x text) PARTITION BY HASH (i)",
        "CREATE TABLE public.p0 PARTITION OF public.p FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "INSERT INTO public.p SELECT * FROM public.t",
        "CREATE VIEW public.v AS SELECT * FROM public.t",
    )
    t, m, p, v, none = (name_in(postgres, f"public.{x}") for x in ("t", "m", "p", "v", "none"))
    sizes = warehouse.sizes([t, m, p, v, none])
    assert (sizes[v], sizes[none]) == (0, 0)
    assert all(sizes[each] > 500_000 for each in (t, m, p))
    before = sizes[t]
    postgres.run("CREATE INDEX ON public.t (i)")
    assert warehouse.sizes([t])[t] > before


def test_many_names_at_once(postgres: Database, warehouse: Warehouse) -> None:
    postgres.run(
        "CREATE SCHEMA rewind_r1_gold",
        "DO $$ BEGIN FOR i IN 1..200 LOOP"
        " EXECUTE format('CREATE TABLE rewind_r1_gold.t%s (a integer, b text)', i);"
        " EXECUTE format('CREATE VIEW public.t%s AS SELECT * FROM rewind_r1_gold.t%s', i, i);"
        " IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$",
    )
    names = [name_in(postgres, f"public.t{number}") for number in range(1, 201)]
    targets = [name_in(postgres, f"rewind_r1_gold.t{number}") for number in range(1, 201)]
    states = warehouse.pointers(names)
    assert [states[name].target for name in names] == targets
    assert len(warehouse.relations([*names, *targets])) == 400
    assert len(warehouse.reads(names)) == 200
    assert len(warehouse.sizes(targets)) == 200
    warehouse.drop([*targets, *names])
    assert postgres.rows("SELECT FROM pg_namespace WHERE nspname = 'rewind_r1_gold'") == []


def test_drop_takes_everything_in_an_order_that_can_be(
    postgres: Database, warehouse: Warehouse
) -> None:
    postgres.run(
        "CREATE SCHEMA rewind_r1_gold",
        "SET search_path TO rewind_r1_gold;"
        "CREATE TABLE a (id integer PRIMARY KEY);"
        "CREATE TABLE b (id integer REFERENCES a);"
        "CREATE VIEW v AS SELECT * FROM b; CREATE MATERIALIZED VIEW m AS SELECT * FROM v;"
        "CREATE VIEW w AS SELECT a.id FROM a, m; CREATE MATERIALIZED VIEW n AS SELECT * FROM w",
        "CREATE VIEW public.theirs AS SELECT * FROM rewind_r1_gold.n",
    )
    names = [name_in(postgres, f"rewind_r1_gold.{each}") for each in "abvmwn"]
    with pytest.raises(WarehouseFailed) as raised:
        warehouse.drop(names)
    assert "view public.theirs depends on materialized view rewind_r1_gold.n" in str(raised.value)
    assert len(warehouse.relations(names)) == 6
    postgres.run("DROP VIEW public.theirs")
    warehouse.drop(names)
    assert postgres.rows("SELECT FROM pg_namespace WHERE nspname = 'rewind_r1_gold'") == []


def test_a_schema_with_anything_in_it_stays(postgres: Database, warehouse: Warehouse) -> None:
    postgres.run(
        "CREATE SCHEMA rewind_r1_gold",
        "CREATE TABLE rewind_r1_gold.a (id integer)",
        "CREATE FUNCTION rewind_r1_gold.f() RETURNS integer LANGUAGE sql RETURN 1",
    )
    warehouse.drop([name_in(postgres, "rewind_r1_gold.a")])
    assert postgres.rows("SELECT rewind_r1_gold.f()") == [(1,)]


def relocate(postgres: Database, names: Mapping[str, str]) -> None:
    """Renames in one transaction, as a publish does it."""
    relocations = [
        Relocation(name_in(postgres, source), name_in(postgres, target))
        for source, target in names.items()
    ]
    session = open_session(postgres_settings(postgres.settings), read_only=False)
    try:
        with session.transaction("renaming"):
            postgres_relocate.relocate(session, relocations, {})
    finally:
        session.close()


@pytest.fixture
def abc(postgres: Database) -> Database:
    postgres.run(
        "CREATE SCHEMA gold",
        "CREATE TABLE gold.a AS SELECT 'a' AS was",
        "CREATE VIEW gold.b AS SELECT 'b' AS was",
        "CREATE MATERIALIZED VIEW gold.c AS SELECT 'c' AS was",
        "CREATE INDEX by_was ON gold.c (was)",
        "CREATE VIEW public.every AS SELECT a.was || b.was || c.was AS was"
        " FROM gold.a, gold.b, gold.c",
    )
    return postgres


@pytest.mark.parametrize(
    "names",
    [
        {"gold.a": "gold.b", "gold.b": "gold.c", "gold.c": "gold.a"},
        {"gold.a": "gold.b", "gold.b": "other.b"},
        {"gold.a": "new.b", "gold.b": "new.c", "gold.c": "new.a"},
        {"gold.a": "gold.z", "gold.b": "gold.a", "gold.c": "new.b"},
        {"gold.c": "new.c", "gold.b": "new.b", "gold.a": "new.a"},
    ],
)
def test_relations_change_places(abc: Database, names: dict[str, str]) -> None:
    relocate(abc, names)
    for source, target in names.items():
        assert abc.rows(f"SELECT was FROM {target}") == [(source[-1],)]
    assert abc.rows("SELECT was FROM public.every") == [("abc",)]


@pytest.mark.parametrize(
    ("names", "error"),
    [
        ({"gold.a": "gold.b"}, NameTaken),
        ({"gold.a": "gold." + "x" * 64}, NameTooLong),
        ({"gold.a": "new.a", "gold.none": "new.b"}, WarehouseFailed),
    ],
)
def test_a_relocation_that_cannot_be_changes_nothing(
    abc: Database, names: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        relocate(abc, names)
    assert abc.rows("SELECT was FROM gold.a") == [("a",)]
    assert abc.rows("SELECT FROM pg_namespace WHERE nspname = 'new'") == []
