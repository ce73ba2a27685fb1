"""Damage in a PostgreSQL database: files are really changed, and reading all rows finds it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors as states
from tests.postgres import Database, fresh_database
from tests.unit.warehouse.damaged import PAGE, change_file, make_tables, written

from dbt_rewind.demo.postgres_server import running_postgres
from dbt_rewind.errors import PermissionMissing, WarehouseFailed
from dbt_rewind.model import IntegrityCheck, RelationName
from dbt_rewind.warehouse.connect import connect
from dbt_rewind.warehouse.postgres_errors import is_damage
from dbt_rewind.warehouse.postgres_integrity import MISSING, READ


@pytest.fixture
def own() -> Iterator[Database]:
    """A database on a server of its own, which a test may stop and damage."""
    with running_postgres() as server:
        database = fresh_database(server)
        make_tables(database)
        yield database


def checked(database: Database, *names: str) -> IntegrityCheck:
    warehouse = connect("postgres", database.settings, Path(), read_only=True)
    try:
        return warehouse.check_integrity([RelationName(database.name, "gold", n) for n in names])
    finally:
        warehouse.close()


def test_a_whole_database(own: Database) -> None:
    found = checked(own, "orders", "customers")
    assert (found.how, found.faults, found.unseen) == (READ, (), (MISSING,))


def test_a_changed_page_is_found_in_its_table_alone(own: Database) -> None:
    change_file(own, "gold.orders", written(3 * PAGE + 4000, b"\xff" * 8))
    found = checked(own, "orders", "customers")
    (fault,) = found.faults
    assert fault.table.name == "orders"
    assert "invalid page in block 3" in fault.problem


def test_a_file_that_is_gone(own: Database) -> None:
    change_file(own, "gold.customers", Path.unlink)
    (fault,) = checked(own, "orders", "customers").faults
    assert fault.table.name == "customers"
    assert "could not open file" in fault.problem


def test_what_a_user_may_not_see_is_no_damage(postgres: Database) -> None:
    make_tables(postgres)
    postgres.run(
        f"CREATE ROLE {postgres.name}_reader LOGIN PASSWORD 'secret'",
        f"GRANT USAGE ON SCHEMA gold TO {postgres.name}_reader",
    )
    settings = {**postgres.settings, "user": f"{postgres.name}_reader", "password": "secret"}
    warehouse = connect("postgres", settings, Path(), read_only=True)
    orders = RelationName(postgres.name, "gold", "orders")
    with pytest.raises(PermissionMissing):
        warehouse.unreadable([orders])
    with pytest.raises(PermissionMissing):
        warehouse.check_integrity([orders])
    warehouse.close()
    postgres.run(f"DROP OWNED BY {postgres.name}_reader", f"DROP ROLE {postgres.name}_reader")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (states.DataCorrupted(), True),
        (states.IndexCorrupted(), True),
        (states.UndefinedFile(), True),
        (states.IoError(), True),
        (states.QueryCanceled(), False),
        (states.LockNotAvailable(), False),
        (states.UndefinedTable(), False),
        (states.OutOfMemory(), False),
        (psycopg.OperationalError("gone"), False),
        (OSError(), False),
    ],
)
def test_which_errors_are_damage(error: Exception, expected: bool) -> None:
    failed = WarehouseFailed("checking", "")
    failed.__cause__ = error
    assert is_damage(failed) is expected
