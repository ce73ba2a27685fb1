"""A pointer has the columns of what it leads to, whatever became of them between two releases."""

from __future__ import annotations

import pytest
from tests.postgres_publish.shop import Shop

BEFORE = "SELECT 1 AS id, 'a'::varchar(10) AS label, 2.50::numeric(8, 2) AS amount"
CHANGES = {
    "the same": BEFORE,
    "one more at the end": f"{BEFORE}, true AS paid",
    "one more in the middle": "SELECT 1 AS id, true AS paid, 'a'::varchar(10) AS label",
    "one less": "SELECT 1 AS id, 'a'::varchar(10) AS label",
    "another name": BEFORE.replace("label", "name"),
    "another order": "SELECT 'a'::varchar(10) AS label, 1 AS id, 2.50::numeric(8, 2) AS amount",
    "another type": BEFORE.replace("1 AS", "1::bigint AS"),
    "another length": BEFORE.replace("varchar(10)", "varchar(20)"),
    "another collation": BEFORE.replace("varchar(10)", 'varchar(10) COLLATE "C"'),
    "no column at all": "SELECT",
}
IDENTITY = "SELECT 'gold.orders'::regclass::oid"
COLUMNS = (
    "SELECT attname, atttypid, atttypmod, attcollation FROM pg_attribute"
    " WHERE attrelid = '{}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
)


@pytest.mark.parametrize("change", CHANGES)
def test_columns_change_forward_back_and_forward(shop: Shop, change: str) -> None:
    reader = shop.role("reader")
    shop.build(1, BEFORE)
    shop.build(2, CHANGES[change])
    shop.publish(1)
    shop.run(f"GRANT USAGE ON SCHEMA gold TO {reader}", f"GRANT SELECT ON gold.orders TO {reader}")
    for release in (2, 1, 2):
        identity, had = shop.rows(IDENTITY), shop.rows(COLUMNS.format("gold.orders"))
        shop.publish(release)
        held = f"rewind_r{release}_gold.orders"
        has = shop.rows(COLUMNS.format("gold.orders"))
        assert has == shop.rows(COLUMNS.format(held))
        assert shop.reads(reader, "SELECT * FROM gold.orders") == shop.rows(f"SELECT * FROM {held}")
        assert (shop.rows(IDENTITY) == identity) == (has[: len(had)] == had)


def test_a_table_that_lost_a_column_counts_without_it(shop: Shop) -> None:
    shop.build(1, BEFORE)
    shop.build(2, BEFORE.replace("1 AS id", "1 AS id, 'x' AS gone"))
    shop.run("ALTER TABLE rewind_r2_gold.orders DROP COLUMN gone")
    shop.publish(1)
    identity = shop.rows(IDENTITY)
    shop.publish(2)
    assert shop.rows(IDENTITY) == identity
    assert shop.rows("SELECT id, label FROM gold.orders") == [(1, "a")]


def test_a_column_that_is_added_in_place_comes_with_the_next_publish(shop: Shop) -> None:
    """Also where the pointer itself does not move, as when a table is written on in place."""
    reader = shop.role("reader")
    for name in ("orders", "customers"):
        shop.build(1, BEFORE, name)
    shop.publish(1, "orders", "customers")
    shop.run(
        f"GRANT USAGE ON SCHEMA gold TO {reader}",
        f"GRANT SELECT ON gold.orders TO {reader}",
        "CREATE VIEW mart.theirs AS SELECT id FROM rewind_r1_gold.orders",
        "CREATE VIEW mart.orders AS SELECT id FROM rewind_r1_gold.orders",
        "ALTER TABLE rewind_r1_gold.orders ADD paid boolean DEFAULT true",
    )
    identity = shop.rows(IDENTITY)
    shop.build(2, BEFORE, "customers")
    shop.publish(2, "customers")
    assert shop.rows(IDENTITY) == identity
    expected = shop.rows("SELECT * FROM rewind_r1_gold.orders")
    assert shop.reads(reader, "SELECT * FROM gold.orders") == expected
    assert len(expected[0]) == 4
    assert shop.rows("SELECT * FROM mart.theirs") == shop.rows("SELECT * FROM mart.orders")
    assert shop.rows("SELECT * FROM mart.theirs") == [(1,)]


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
def test_a_pointer_leads_to_any_kind(shop: Shop, kind: str) -> None:
    shop.build(1, BEFORE)
    shop.build(2, "SELECT * FROM rewind_r1_gold.orders", kind=kind)
    for release in (1, 2, 1, 2):
        shop.publish(release)
        assert shop.rows("SELECT id FROM gold.orders") == [(1,)]


def test_a_view_of_a_release_goes_on_reading_its_own(shop: Shop) -> None:
    """A model that is a view reads versioned relations, and keeps to them whatever is live."""
    for release in (1, 2):
        shop.build(release, f"SELECT {release} AS id")
        shop.build(release, f"SELECT id FROM rewind_r{release}_gold.orders", "latest", "VIEW")
    for release in (1, 2, 1, 2):
        shop.publish(release, "orders", "latest")
        assert shop.rows("SELECT id FROM gold.latest") == [(release,)]
        assert shop.rows("SELECT id FROM rewind_r1_gold.latest") == [(1,)]
        assert shop.rows("SELECT id FROM rewind_r2_gold.latest") == [(2,)]
