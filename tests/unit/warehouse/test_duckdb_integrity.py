"""Damage in a DuckDB file: bytes are really changed, and what was changed is found."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.duckdb import open_duckdb
from dbt_rewind.warehouse.duckdb_errors import is_damage

ORDERS = RelationName("shop", "gold", "orders")
CUSTOMERS = RelationName("shop", "gold", "customers")
VIEW = RelationName("shop", "gold", "seen")

HEADERS = 3 * 4096
"""DuckDB's file begins with three headers of that size; then come blocks."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA gold")
        for name in ("customers", "orders"):
            connection.execute(
                f"CREATE TABLE gold.{name} AS"
                f" SELECT i AS id, hash(i, '{name}') AS label FROM range(300000) AS t (i)"
            )
    return path


def blocks_of(file: Path, table: str) -> tuple[int, list[int]]:
    """The size of a block, and the numbers of the table's own."""
    with duckdb.connect(str(file), read_only=True) as connection:
        size = connection.execute("SELECT block_size FROM pragma_database_size()").fetchall()
        rows = connection.execute(
            f"SELECT DISTINCT block_id FROM pragma_storage_info('{table}') WHERE block_id >= 0"
        ).fetchall()
    return int(size[0][0]), sorted(int(row[0]) for row in rows)


def damage(file: Path, table: str) -> None:
    """Turns eight bytes in the middle of a block of the table that no other has."""
    size, own = blocks_of(file, table)
    _, others = blocks_of(file, "gold.orders" if table == "gold.customers" else "gold.customers")
    (block, *_) = [each for each in own if each not in others]
    with file.open("r+b") as content:
        content.seek(HEADERS + block * size + size // 2)
        found = content.read(8)
        content.seek(-8, 1)
        content.write(bytes(255 - byte for byte in found))


def test_a_whole_file_has_no_faults(file: Path) -> None:
    warehouse = open_duckdb(str(file), read_only=True)
    found = warehouse.check_integrity([ORDERS, CUSTOMERS])
    assert (found.how, found.faults, found.unseen) == (
        "all blocks read",
        (),
        (),
    )
    warehouse.close()


def test_a_damaged_block_is_found_in_its_table_alone(file: Path) -> None:
    damage(file, "gold.orders")
    warehouse = open_duckdb(str(file), read_only=True)
    (fault,) = warehouse.check_integrity([CUSTOMERS, ORDERS]).faults
    assert fault.table == ORDERS
    assert "Corrupt database file" in fault.problem
    assert "\n" not in fault.problem
    warehouse.close()


def test_the_others_can_be_checked_on_another_connection(file: Path) -> None:
    damage(file, "gold.customers")
    first = open_duckdb(str(file), read_only=True)
    assert [each.table for each in first.check_integrity([CUSTOMERS]).faults] == [CUSTOMERS]
    first.close()
    second = open_duckdb(str(file), read_only=True)
    assert second.check_integrity([ORDERS]).faults == ()
    second.close()


def test_a_view_whose_table_has_changed_cannot_be_queried(file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE VIEW gold.seen AS SELECT id, label FROM gold.orders")
        connection.execute("ALTER TABLE gold.orders RENAME COLUMN label TO name")
    warehouse = open_duckdb(str(file), read_only=True)
    found = warehouse.unreadable([VIEW, ORDERS])
    assert set(found) == {VIEW}
    assert "label" in found[VIEW]
    warehouse.close()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (duckdb.IOException("IO Error: Corrupt database file: computed checksum 1"), True),
        (duckdb.SerializationException("Failed to deserialize: field id mismatch"), True),
        (duckdb.InternalException("INTERNAL Error: a broken invariant"), False),
        (duckdb.FatalException("database has been invalidated because of an error"), False),
        (duckdb.IOException("IO Error: Could not read from file"), False),
        (duckdb.OutOfMemoryException("Out of Memory Error"), False),
        (OSError("Corrupt database file"), False),
    ],
)
def test_which_errors_are_damage(error: Exception, expected: bool) -> None:
    failed = WarehouseFailed("checking", "")
    failed.__cause__ = error
    assert is_damage(failed) is expected
