"""What others built on the pointers survives a publish with all it has, or stops it."""

from __future__ import annotations

import time

import pytest
from tests.postgres_publish.shop import Shop

from dbt_rewind.errors import DependentsInTheWay, RewindError, WarehouseFailed
from dbt_rewind.model import PointerMove, RelationName, Relocation

FIRST = "SELECT 1 AS id, 'a'::text AS label, 10 AS amount"
REORDERED = "SELECT 'a'::text AS label, 10 AS amount, 1 AS id"
FUNCTION = (
    "CREATE FUNCTION mart.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
)
COUNTING = (
    "CREATE FUNCTION mart.f() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM gold.orders; END"
)


@pytest.fixture
def built(shop: Shop) -> Shop:
    """Release 1 is live, and release 2 has the same columns in another order."""
    shop.build(1, FIRST)
    shop.build(2, REORDERED)
    shop.publish(1)
    return shop


def refused(shop: Shop, release: int | None, *names: str) -> tuple[str, ...]:
    """What stops the publish of the release, after a look that nothing has changed."""
    before = shop.everything(), shop.warehouse.events("prod")
    with pytest.raises(DependentsInTheWay) as raised:
        shop.publish(release, *names)
    assert (shop.everything(), shop.warehouse.events("prod")) == before
    return raised.value.problems


def survives(shop: Shop, *names: str) -> None:
    """Goes forward, back and forward: everything is as it was, but for the order of columns."""
    before = shop.everything()
    for release in (2, 1, 2, 1):
        shop.publish(release, *names)
    assert shop.everything() == before


def test_a_view_and_what_reads_it(built: Shop) -> None:
    built.run(
        "CREATE VIEW mart.a AS SELECT id, amount + 1 AS more FROM gold.orders",
        "CREATE VIEW mart.b AS SELECT a.more, o.label FROM mart.a JOIN gold.orders o USING (id)",
        "CREATE VIEW mart.c AS SELECT * FROM mart.b UNION ALL SELECT * FROM mart.b",
        "CREATE VIEW mart.other AS SELECT 1 AS untouched",
    )
    identity = built.rows("SELECT 'mart.other'::regclass::oid")
    survives(built)
    assert built.rows("SELECT * FROM mart.c") == [(11, "a"), (11, "a")]
    assert built.rows("SELECT 'mart.other'::regclass::oid") == identity


def test_all_that_a_view_can_have(built: Shop) -> None:
    owner, reader, writer = built.role("owner"), built.role("reader"), built.role("writer")
    built.run(
        f"GRANT CREATE ON SCHEMA mart TO {owner}",
        f"GRANT USAGE ON SCHEMA gold TO {owner}",
        f"GRANT SELECT, UPDATE ON gold.orders TO {owner}",
        FUNCTION,
        "CREATE VIEW mart.v WITH (security_barrier, security_invoker = true,"
        " check_option = local) AS SELECT id, label FROM gold.orders WHERE id > 0",
        f"ALTER VIEW mart.v OWNER TO {owner}",
        f"GRANT SELECT ON mart.v TO {reader} WITH GRANT OPTION",
        f"GRANT UPDATE (label), SELECT (id) ON mart.v TO {writer}",
        "GRANT SELECT ON mart.v TO PUBLIC",
        "COMMENT ON VIEW mart.v IS 'it''s \\ \"theirs\"'",
        "COMMENT ON COLUMN mart.v.label IS $$what's on it$$",
        "ALTER VIEW mart.v ALTER COLUMN label SET DEFAULT 'none\\''s'".replace("\\'", "'"),
        "CREATE TRIGGER t INSTEAD OF INSERT ON mart.v FOR EACH ROW EXECUTE FUNCTION mart.nothing()",
        "COMMENT ON TRIGGER t ON mart.v IS 'a trigger'",
        "CREATE RULE r AS ON DELETE TO mart.v DO INSTEAD NOTHING",
        "COMMENT ON RULE r ON mart.v IS 'a rule'",
    )
    survives(built)


def test_all_that_a_pointer_can_have(built: Shop) -> None:
    owner, reader = built.role("owner"), built.role("reader")
    built.run(
        f"GRANT USAGE, CREATE ON SCHEMA gold TO {owner}",
        FUNCTION,
        f"ALTER VIEW gold.orders OWNER TO {owner}",
        "ALTER VIEW gold.orders SET (security_barrier = true)",
        f"GRANT USAGE ON SCHEMA gold TO {reader}",
        f"GRANT SELECT (id), UPDATE (label) ON gold.orders TO {reader}",
        "ALTER VIEW gold.orders ALTER COLUMN label SET DEFAULT 'none'",
        "CREATE TRIGGER t INSTEAD OF INSERT ON gold.orders"
        " FOR EACH ROW EXECUTE FUNCTION mart.nothing()",
        "CREATE RULE r AS ON DELETE TO gold.orders DO INSTEAD NOTHING",
    )
    survives(built)
    assert built.reads(reader, "SELECT id FROM gold.orders") == [(1,)]


def test_what_is_of_a_column_goes_with_it(built: Shop) -> None:
    reader = built.role("reader")
    built.build(3, "SELECT 1 AS id")
    built.run(
        f"GRANT SELECT (id, label) ON gold.orders TO {reader}",
        "ALTER VIEW gold.orders ALTER COLUMN label SET DEFAULT 'none'",
    )
    built.publish(3)
    found = built.rows(
        "SELECT attname, attacl::text FROM pg_attribute WHERE attrelid ="
        " 'gold.orders'::regclass AND attnum > 0"
    )
    assert found == [("id", f"{{{reader}=r/postgres}}")]
    built.publish(1)
    built.publish(3)


def test_a_materialized_view_with_its_indexes(built: Shop) -> None:
    reader = built.role("reader")
    built.run(
        "CREATE MATERIALIZED VIEW mart.m WITH (fillfactor = 70)"
        " AS SELECT id, label FROM gold.orders",
        "CREATE UNIQUE INDEX m_id ON mart.m (id)",
        "CREATE INDEX m_label ON mart.m (lower(label)) WHERE id > 0",
        "ALTER MATERIALIZED VIEW mart.m CLUSTER ON m_id",
        "COMMENT ON INDEX mart.m_id IS 'an index'",
        "COMMENT ON MATERIALIZED VIEW mart.m IS 'stored'",
        "COMMENT ON COLUMN mart.m.id IS 'a key'",
        f"GRANT SELECT ON mart.m TO {reader}",
        "CREATE MATERIALIZED VIEW mart.empty AS SELECT id FROM mart.m WITH NO DATA",
    )
    survives(built)
    assert built.rows("SELECT * FROM mart.m") == [(1, "a")]
    assert built.rows("SELECT relispopulated FROM pg_class WHERE relname = 'empty'") == [(False,)]


def test_a_materialized_view_that_takes_long_is_not_filled_anew(built: Shop) -> None:
    built.run("CREATE MATERIALIZED VIEW mart.m AS SELECT id, pg_sleep(1)::text FROM gold.orders")
    (problem,) = refused(built, 2)
    assert problem == "mart.m has to be filled anew, which takes more than 0.5 s"


def test_what_fits_leaves_everything_that_it_is(built: Shop) -> None:
    """What could not be carried over is no obstacle where nothing has to be."""
    built.build(3, f"{FIRST}, 1 AS more")
    built.run(
        COUNTING,
        "CREATE TABLE mart.t (o gold.orders)",
        "CREATE MATERIALIZED VIEW mart.m AS SELECT id, pg_sleep(1)::text FROM gold.orders",
    )
    identities = "SELECT array_agg(oid ORDER BY oid) FROM pg_class WHERE relname IN ('orders', 'm')"
    before = built.rows(identities)
    built.publish(3)
    assert built.rows(identities) == before
    assert built.rows("SELECT mart.f()") == [(1,)]


OBSTACLES = {
    "function": (
        COUNTING,
        "gold.orders has to be made anew, and cannot be with function mart.f()",
    ),
    "function of a row": (
        "CREATE FUNCTION mart.g(gold.orders) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "gold.orders has to be made anew, and cannot be with function mart.g(gold.orders)",
    ),
    "column of a row": (
        "CREATE TABLE mart.t (o gold.orders)",
        "gold.orders has to be made anew, and cannot be with column o of table mart.t",
    ),
    "rows of a view in a list": (
        "CREATE VIEW mart.v AS SELECT id FROM gold.orders",
        "CREATE TABLE mart.t (o mart.v[])",
        "mart.v has to be made anew, and cannot be with column o of table mart.t",
    ),
    "rule of a table": (
        "CREATE TABLE mart.t (id int)",
        "CREATE RULE r AS ON INSERT TO mart.t DO ALSO SELECT count(*) FROM gold.orders",
        "gold.orders has to be made anew, and cannot be with table mart.t",
    ),
    "policy": (
        "CREATE TABLE mart.t (id int)",
        "CREATE POLICY p ON mart.t USING (id IN (SELECT id FROM gold.orders))",
        "gold.orders has to be made anew, and cannot be with policy p on table mart.t",
    ),
    "statistics": (
        "CREATE MATERIALIZED VIEW mart.m AS SELECT id, label FROM gold.orders",
        "CREATE STATISTICS mart.s ON id, label FROM mart.m",
        "mart.m has to be made anew, and cannot be with statistics object mart.s",
    ),
    "settings of a column": (
        "CREATE MATERIALIZED VIEW mart.m AS SELECT id FROM gold.orders",
        "ALTER MATERIALIZED VIEW mart.m ALTER COLUMN id SET STATISTICS 7",
        "mart.m has to be made anew, and cannot be with settings of the column id",
    ),
}


@pytest.mark.parametrize("kind", OBSTACLES)
def test_what_cannot_be_carried_over_stops_it(built: Shop, kind: str) -> None:
    *statements, expected = OBSTACLES[kind]
    built.run(*statements)
    assert refused(built, 2) == (expected,)


def test_a_column_that_is_gone(built: Shop) -> None:
    built.build(3, "SELECT 1 AS id, 'a'::text AS label")
    built.run(
        "CREATE VIEW mart.sound AS SELECT id FROM gold.orders",
        "CREATE VIEW mart.broken AS SELECT id, amount, label FROM gold.orders",
        "CREATE VIEW mart.above AS SELECT amount FROM mart.broken",
    )
    assert refused(built, 3) == (
        "mart.broken reads the column amount of gold.orders, which is gone",
    )
    built.run("DROP VIEW mart.above", "DROP VIEW mart.broken")
    for release in (3, 1, 3):
        built.publish(release)
        assert built.rows("SELECT * FROM mart.sound") == [(1,)]


def test_a_column_of_another_type(built: Shop) -> None:
    built.build(3, "SELECT 1::bigint AS id, 'a'::text AS label, 10::numeric AS amount")
    built.build(4, "SELECT 1::bigint AS id, 'a'::text AS label, 'ten'::text AS amount")
    built.run("CREATE VIEW mart.v AS SELECT id, amount + 1 AS more FROM gold.orders")
    for release in (3, 1, 3):
        built.publish(release)
        assert built.rows("SELECT * FROM mart.v") == [(1, 11)]
    kinds = "SELECT array_agg(format_type(atttypid, NULL) ORDER BY attnum) FROM pg_attribute"
    assert built.rows(f"{kinds} WHERE attrelid = 'mart.v'::regclass") == [(["bigint", "numeric"],)]
    first, *more = refused(built, 4)
    assert first.startswith("mart.v cannot be made anew: ")
    assert more == [
        "mart.v reads the column amount of gold.orders, which is numeric and would be text"
    ]


def test_a_pointer_that_ends_is_not_taken_from_who_reads_it(built: Shop) -> None:
    built.run("CREATE VIEW mart.v AS SELECT id FROM gold.orders")
    assert refused(built, None) == ("mart.v reads gold.orders, which ends",)
    built.run("DROP VIEW mart.v")
    built.publish(None)
    assert built.rows("SELECT to_regclass('gold.orders')") == [(None,)]


def test_a_temporary_view_of_another_session(built: Shop) -> None:
    with built.database.connect() as session:
        session.execute("CREATE TEMP VIEW mine AS SELECT id FROM gold.orders")
        (problem,) = refused(built, 2)
        assert problem.endswith(
            ".mine is a temporary view of a session's, and would have to be made anew"
        )
    while built.rows("SELECT 1 FROM pg_class WHERE relname = 'mine'"):
        time.sleep(0.05)
    built.publish(2)


def test_several_pointers_under_one_view(shop: Shop) -> None:
    for name in ("orders", "items"):
        shop.build(1, FIRST, name)
        shop.build(2, REORDERED, name)
    shop.publish(1, "orders", "items")
    shop.run(
        "CREATE VIEW mart.v AS SELECT o.id, i.label FROM gold.orders o JOIN gold.items i USING (id)"
    )
    survives(shop, "orders", "items")
    for release in (2, 1, 2):
        shop.publish(release, "items")
        assert shop.rows("SELECT * FROM mart.v") == [(1, "a")]


def test_names_that_need_quotes(built: Shop) -> None:
    built.run(
        'CREATE SCHEMA "a ""b""; c"',
        'CREATE VIEW "a ""b""; c"."v\'s %s" AS SELECT id AS "the ""id""", \'%s $1 \\\' AS t'
        " FROM gold.orders",
        'COMMENT ON COLUMN "a ""b""; c"."v\'s %s"."the ""id""" IS \'50 % of \\ it\'\'s\'',
    )
    before = built.rows('SELECT * FROM "a ""b""; c"."v\'s %s"')
    for release in (2, 1, 2):
        built.publish(release)
        assert built.rows('SELECT * FROM "a ""b""; c"."v\'s %s"') == before


def test_the_search_path_of_nobody_matters(built: Shop) -> None:
    """A view is made anew with the very functions and operators that it had."""
    built.run(
        "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'trap' $$",
        "CREATE VIEW mart.theirs AS SELECT public.lower(label) AS l FROM gold.orders",
        "CREATE VIEW mart.servers AS SELECT pg_catalog.lower(label) AS l FROM gold.orders",
        f"ALTER DATABASE {built.database.name} SET search_path TO public, pg_catalog, gold",
    )
    for release in (2, 1, 2):
        built.publish(release)
        found = built.rows("SELECT t.l, s.l FROM mart.theirs t, mart.servers s")
        assert found == [("trap", "a")]


def test_who_reads_a_table_reads_the_pointer_that_takes_its_name(shop: Shop) -> None:
    """Adoption and its end: a view of somebody's reads what has the name."""
    public, held = shop.pointer(), shop.versioned(1)
    shop.run(
        "CREATE SCHEMA gold",
        f"CREATE TABLE gold.orders AS {FIRST}",
        "CREATE VIEW mart.v AS SELECT id, label FROM gold.orders",
        "COMMENT ON VIEW mart.v IS 'theirs'",
    )
    shop.build(2, "SELECT 2 AS id, 'b'::text AS label, 10 AS amount")
    for _ in range(2):
        there = PointerMove(public, None, held)
        shop.commit(there, relocations=[Relocation(public, held)])
        assert shop.rows("SELECT * FROM mart.v") == [(1, "a")]
        shop.live["orders"] = 1
        shop.publish(2)
        assert shop.rows("SELECT * FROM mart.v") == [(2, "b")]
        shop.publish(1)
        back = PointerMove(public, held, None)
        shop.commit(back, relocations=[Relocation(held, public)])
        assert shop.rows("SELECT * FROM mart.v") == [(1, "a")]
        assert shop.rows("SELECT obj_description('mart.v'::regclass)") == [("theirs",)]
        shop.run(
            "INSERT INTO gold.orders VALUES (3, 'c', 1)", "DELETE FROM gold.orders WHERE id = 3"
        )


def test_a_function_that_would_follow_a_table_stops_its_adoption(shop: Shop) -> None:
    public, held = shop.pointer(), shop.versioned(1)
    shop.run(
        "CREATE SCHEMA gold",
        f"CREATE TABLE gold.orders AS {FIRST}",
        COUNTING,
    )
    with pytest.raises(DependentsInTheWay) as raised:
        shop.commit(PointerMove(public, None, held), relocations=[Relocation(public, held)])
    assert raised.value.problems == (
        "function mart.f() would go on to read what gold.orders is now",
    )


def test_a_pointer_onto_a_pointer_is_made_anew_with_it(shop: Shop) -> None:
    shop.build(1, FIRST)
    shop.build(2, REORDERED)
    inner, outer = shop.pointer(), RelationName(shop.database.name, "gold", "outer")
    shop.commit(PointerMove(inner, None, shop.versioned(1)), PointerMove(outer, None, inner))
    other = RelationName(shop.database.name, "gold", "other")
    shop.commit(
        PointerMove(inner, shop.versioned(1), shop.versioned(2)),
        PointerMove(outer, inner, other),
        PointerMove(other, None, shop.versioned(1)),
    )
    assert shop.rows("SELECT id, label FROM gold.outer") == [(1, "a")]
    assert shop.warehouse.pointers([outer])[outer].target == other


def test_a_missing_target_is_said_so(built: Shop) -> None:
    with pytest.raises(WarehouseFailed):
        built.publish(9)
    assert built.rows("SELECT id FROM gold.orders") == [(1,)]


def test_no_error_is_anything_but_ours(built: Shop) -> None:
    built.run("CREATE VIEW mart.v AS SELECT id FROM gold.orders")
    built.run("ALTER VIEW mart.v RENAME COLUMN id TO other")
    try:
        built.publish(2)
    except RewindError:
        pytest.fail("a renamed column of a view is no obstacle")
    assert built.rows("SELECT other FROM mart.v") == [(1,)]
