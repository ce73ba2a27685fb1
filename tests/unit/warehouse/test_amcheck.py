"""PostgreSQL's own check: damage that no reading meets, and what it takes to call it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from tests.postgres import Database, fresh_database
from tests.unit.warehouse.damaged import HOW_AMCHECK, PAGE, change_file, make_tables, written

from dbt_rewind.demo import postgres_server
from dbt_rewind.demo.postgres_server import running_postgres
from dbt_rewind.model import IntegrityCheck, RelationName
from dbt_rewind.warehouse.connect import connect

_FOLDER = Path("/usr/lib/postgresql")


def installed() -> str | None:
    """The folder of the newest version that has amcheck."""
    found = [int(path.parts[-3]) for path in _FOLDER.glob("*/lib/amcheck.so")]
    return str(max(found)) if found and max(found) >= 14 else None


pytestmark = pytest.mark.skipif(installed() is None, reason=HOW_AMCHECK)


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database with amcheck on a server of its own, which a test may stop and damage."""
    spec = ModuleSpec("postgresql", None, origin=str(_FOLDER / "__init__.py"))
    monkeypatch.setattr(postgres_server, "find_spec", lambda _: spec)
    monkeypatch.setattr(postgres_server, "INSTALLED", installed())
    with running_postgres() as server:
        database = fresh_database(server)
        make_tables(database)
        database.run("CREATE SCHEMA tools", "CREATE EXTENSION amcheck SCHEMA tools")
        yield database


def checked(database: Database, *names: str, **more: str) -> IntegrityCheck:
    warehouse = connect("postgres", {**database.settings, **more}, Path(), read_only=True)
    try:
        return warehouse.check_integrity([RelationName(database.name, "gold", n) for n in names])
    finally:
        warehouse.close()


def test_a_whole_database(own: Database) -> None:
    assert checked(own, "orders", "customers") == IntegrityCheck("amcheck")


def test_a_row_whose_place_is_wrong(own: Database) -> None:
    change_file(own, "gold.orders", written(2 * PAGE + 24, b"\x03\x80\x40\x00"))
    found = checked(own, "orders", "customers")
    assert {fault.table.name for fault in found.faults} == {"orders"}
    assert any("block 2, item 1 of orders" in fault.problem for fault in found.faults)


def test_an_index_out_of_order(own: Database) -> None:
    change_file(own, "gold.orders_i", written(2 * PAGE - 16 - 8, b"\x7f" * 8))
    (fault,) = checked(own, "orders").faults
    assert "orders_i" in fault.problem


def test_a_long_value_that_is_gone(own: Database) -> None:
    found = own.rows(
        "SELECT reltoastrelid::regclass::text FROM pg_class WHERE oid = 'gold.orders'::regclass"
    )
    change_file(own, str(found[0][0]), written(0, b"\0" * PAGE))
    faults = checked(own, "orders").faults
    assert any("toast value" in fault.problem for fault in faults)


def test_a_user_who_may_not_call_it_is_told_what_to_grant(own: Database) -> None:
    own.run(
        "CREATE ROLE \"a b\" LOGIN PASSWORD 'secret'",
        'GRANT USAGE ON SCHEMA gold, tools TO "a b"',
        'GRANT SELECT ON ALL TABLES IN SCHEMA gold TO "a b"',
    )
    me = {"user": "a b", "password": "secret"}
    found = checked(own, "orders", **me)
    assert (found.how, found.faults) == ("all rows read", ())
    (because,) = found.unseen
    assert because.startswith("amcheck may not be called, so that rows are only read: GRANT")
    own.run(because.partition(": ")[2])
    assert checked(own, "orders", **me) == IntegrityCheck("amcheck")
    own.run('REVOKE USAGE ON SCHEMA tools FROM "a b"')
    assert checked(own, "orders", **me).how == "all rows read"


def test_an_old_version_is_told_to_be_updated(own: Database) -> None:
    own.run("DROP EXTENSION amcheck", "CREATE EXTENSION amcheck SCHEMA tools VERSION '1.2'")
    (because,) = checked(own, "orders").unseen
    assert because.endswith("ALTER EXTENSION amcheck UPDATE")
    own.run("ALTER EXTENSION amcheck UPDATE")
    assert checked(own, "orders") == IntegrityCheck("amcheck")


def test_it_is_never_created(own: Database) -> None:
    own.run("DROP EXTENSION amcheck")
    assert checked(own, "orders").how == "all rows read"
    assert own.rows("SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'") == [(0,)]
