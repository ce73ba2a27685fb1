"""Who may read a pointer before a publish may read it afterwards, and nobody else may."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from tests.postgres_publish.shop import Shop

from dbt_rewind.errors import PermissionMissing
from dbt_rewind.model import PointerMove, RelationName, Relocation
from dbt_rewind.warehouse.postgres import open_postgres
from dbt_rewind.warehouse.postgres_settings import postgres_settings

FIRST = "SELECT 1 AS id, 'a'::text AS label"
REORDERED = "SELECT 'a'::text AS label, 1 AS id"
ALL = "SELECT id, label FROM gold.orders"


@pytest.fixture(params=[FIRST, REORDERED], ids=["replaced", "made anew"])
def built(shop: Shop, request: pytest.FixtureRequest) -> Shop:
    """Release 1 is live; release 2 replaces the pointer, or has it made anew."""
    shop.build(1, FIRST)
    shop.build(2, request.param)
    shop.publish(1)
    return shop


def may_read(shop: Shop, role: str, query: str = ALL) -> bool:
    try:
        return shop.reads(role, query) == [(1, "a")]
    except psycopg.errors.InsufficientPrivilege:
        return False


def reader_of(shop: Shop, name: str) -> str:
    """A role that may look into the schema, and no more."""
    role = shop.role(name)
    shop.run(f"GRANT USAGE ON SCHEMA gold TO {role}")
    return role


def test_a_reader_needs_the_pointer_and_its_schema_alone(built: Shop) -> None:
    reader, other = reader_of(built, "reader"), reader_of(built, "other")
    built.run(f"GRANT SELECT ON gold.orders TO {reader}")
    for release in (2, 1, 2):
        built.publish(release)
        assert may_read(built, reader)
        assert not may_read(built, other)
        assert not may_read(built, reader, f"SELECT id, label FROM rewind_r{release}_gold.orders")


def test_what_dbt_grants_reaches_the_pointer(built: Shop) -> None:
    """dbt's `grants:` are on what it builds, and readers come by the pointer."""
    old, new, both = (reader_of(built, name) for name in ("old", "new", "both_of"))
    by_hand = reader_of(built, "by_hand")
    built.run(
        f"GRANT SELECT ON rewind_r1_gold.orders TO {old}, {both}",
        f"GRANT SELECT ON rewind_r2_gold.orders TO {new}, {both}",
        f"GRANT SELECT ON gold.orders TO {by_hand} WITH GRANT OPTION",
    )
    for release in (2, 1, 2):
        built.publish(release)
        assert may_read(built, new) == (release == 2)
        assert may_read(built, old) == (release == 1)
        assert may_read(built, both)
        assert may_read(built, by_hand)


def test_it_reaches_a_new_pointer(shop: Shop) -> None:
    reader = shop.role("reader")
    shop.build(1, FIRST)
    shop.run(
        f"GRANT SELECT ON rewind_r1_gold.orders TO {reader}",
        f"CREATE SCHEMA gold; GRANT USAGE ON SCHEMA gold TO {reader}",
    )
    shop.publish(1)
    assert may_read(shop, reader)


def test_what_is_granted_on_columns_reaches_the_pointer(built: Shop) -> None:
    reader = reader_of(built, "reader")
    built.run(f"GRANT SELECT (id) ON rewind_r2_gold.orders TO {reader}")
    built.publish(2)
    assert built.reads(reader, "SELECT id FROM gold.orders") == [(1,)]
    assert not may_read(built, reader)
    built.publish(1)
    assert not may_read(built, reader, "SELECT id, 'a' FROM gold.orders")


def test_nobody_gets_to_write_to_a_release(built: Shop) -> None:
    """Invariant 3: what one may do with a release's relation does not come by its pointer."""
    writer = reader_of(built, "writer")
    built.run(f"GRANT ALL ON rewind_r2_gold.orders TO {writer}")
    built.publish(2)
    assert may_read(built, writer)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        built.reads(writer, "DELETE FROM gold.orders RETURNING id")


def test_an_owner_that_is_another_reads_the_next_release_too(built: Shop) -> None:
    """A view may read what its owner may: whoever owns the pointer must be let in."""
    owner, reader = reader_of(built, "owner"), reader_of(built, "reader")
    built.run(
        f"GRANT CREATE ON SCHEMA gold TO {owner}",
        f"GRANT USAGE ON SCHEMA rewind_r1_gold TO {owner}",
        f"GRANT SELECT ON rewind_r1_gold.orders TO {owner}",
        f"ALTER VIEW gold.orders OWNER TO {owner}",
        f"GRANT SELECT ON gold.orders TO {reader}",
    )
    for release in (2, 1, 2):
        built.publish(release)
        assert may_read(built, reader)
        owners = built.rows(
            "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'orders'"
            " AND relkind = 'v'"
        )
        assert owners == [(owner,)]


def test_default_privileges_are_of_new_pointers_alone(built: Shop) -> None:
    reader = reader_of(built, "reader")
    built.run(f"ALTER DEFAULT PRIVILEGES IN SCHEMA gold GRANT SELECT ON TABLES TO {reader}")
    built.publish(2)
    assert not may_read(built, reader)
    built.build(1, FIRST, "items")
    built.publish(1, "items")
    assert may_read(built, reader, "SELECT id, label FROM gold.items")


def test_what_people_granted_on_a_table_stays_with_its_name(shop: Shop) -> None:
    """Through its adoption, through releases that nobody granted anything on, and back."""
    public, held = shop.pointer(), shop.versioned(1)
    shop.run("CREATE SCHEMA gold", f"CREATE TABLE gold.orders AS {FIRST}")
    reader, partly, writer = (reader_of(shop, name) for name in ("reader", "partly", "writer"))
    shop.run(
        f"GRANT SELECT ON gold.orders TO {reader}",
        f"GRANT SELECT (id) ON gold.orders TO {partly}",
        f"GRANT INSERT ON gold.orders TO {writer}",
    )
    shop.build(2, REORDERED)
    before = shop.everything()
    for _ in range(2):
        there = PointerMove(public, None, held)
        shop.commit(there, relocations=[Relocation(public, held)])
        shop.live["orders"] = 1
        for release in (2, 1, 2, 1):
            assert may_read(shop, reader)
            assert not may_read(shop, partly)
            assert shop.reads(partly, "SELECT id FROM gold.orders")
            assert not may_read(shop, writer)
            shop.publish(release)
        back = PointerMove(public, held, None)
        shop.commit(back, relocations=[Relocation(held, public)])
        assert shop.everything() == before


def test_what_is_set_aside_keeps_what_it_has(built: Shop) -> None:
    """A stranger's table that had the name of a pointer."""
    reader = reader_of(built, "reader")
    aside = replace(built.pointer(), name="orders__aside_7")
    built.run(
        "DROP VIEW gold.orders",
        f"CREATE TABLE gold.orders AS {FIRST}",
        f"GRANT SELECT ON gold.orders TO {reader}",
    )
    built.commit(
        PointerMove(built.pointer(), None, built.versioned(1)),
        relocations=[Relocation(built.pointer(), aside)],
    )
    assert may_read(built, reader, 'SELECT id, label FROM gold."orders__aside_7"')
    assert not may_read(built, reader)


def test_a_pointer_of_somebody_else_stops_it(built: Shop) -> None:
    publisher, owner = built.role("publisher"), built.role("owner")
    password = "a-password-that-is-no-secret"
    built.run(
        f"ALTER ROLE {publisher} PASSWORD '{password}'",
        f"GRANT USAGE, CREATE ON SCHEMA gold, rewind TO {publisher}",
        f"GRANT ALL ON ALL TABLES IN SCHEMA rewind TO {publisher}",
        f"GRANT USAGE ON SCHEMA rewind_r1_gold, rewind_r2_gold TO {publisher}",
        f"ALTER VIEW gold.orders OWNER TO {owner}",
    )
    before = built.everything()
    settings = {**built.database.settings, "user": publisher, "password": password}
    superuser, built.warehouse = (
        built.warehouse,
        open_postgres(postgres_settings(settings), read_only=False, patience=built.patience),
    )
    try:
        with pytest.raises(PermissionMissing, match="orders"):
            built.publish(2)
    finally:
        built.warehouse.close()
        built.warehouse = superuser
    assert built.everything() == before


def test_a_publish_without_news_says_nothing(built: Shop) -> None:
    """Where the privileges are as they have to be, nothing is granted or revoked."""
    reader = reader_of(built, "reader")
    for release in (1, 2):
        built.run(f"GRANT SELECT ON rewind_r{release}_gold.orders TO {reader}")
    built.publish(2)
    acl = "SELECT relacl::text FROM pg_class WHERE oid = 'gold.orders'::regclass"
    (first,) = built.rows(acl)
    for release in (1, 2, 1):
        built.publish(release)
        assert built.rows(acl) == [first]


def test_who_reads_a_pointer_reads_the_table_that_is_given_back(built: Shop) -> None:
    public, held = built.pointer(), built.versioned(1)
    reader, other = reader_of(built, "reader"), reader_of(built, "other")
    built.run(f"GRANT SELECT (id, label) ON gold.orders TO {reader}")
    for _ in range(2):
        back = PointerMove(public, held, None)
        built.commit(back, relocations=[Relocation(held, public)])
        assert may_read(built, reader)
        assert not may_read(built, other)
        there = PointerMove(public, None, held)
        built.commit(there, relocations=[Relocation(public, held)])
        assert may_read(built, reader)
        assert not may_read(built, other)


def test_what_everybody_may_do_is_told(built: Shop) -> None:
    pointer = RelationName(built.database.name, "gold", "orders")
    absent = replace(pointer, name="absent")
    assert built.warehouse.public_grants([pointer, absent]) == {}
    reader = reader_of(built, "reader")
    built.run(
        f"GRANT SELECT, INSERT ON gold.orders TO {reader}",
        "GRANT SELECT ON gold.orders TO PUBLIC",
        "GRANT UPDATE (label) ON gold.orders TO PUBLIC",
    )
    assert built.warehouse.public_grants([pointer, absent]) == {
        pointer: {"SELECT", "UPDATE (label)"}
    }
    assert built.warehouse.public_grants([]) == {}
