"""What `DBCC CHECKTABLE` finds, on the stand-in; `test_server.py` has it run where a server is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.sqlserver.double import Thing
from tests.sqlserver.engines import SQLServerDoubleEngine

from dbt_rewind.errors import PermissionMissing, WarehouseFailed
from dbt_rewind.model import IntegrityCheck, IntegrityFault, RelationName
from dbt_rewind.warehouse.protocol import Warehouse
from dbt_rewind.warehouse.sqlserver_integrity import DENIED, HOW

ORDERS = RelationName("shop", "rewind_r1_gold", "orders")
ODD = RelationName("shop", "it's ]", "a 'b'")


@pytest.fixture
def engine() -> Iterator[SQLServerDoubleEngine]:
    made = SQLServerDoubleEngine()
    for name in (ORDERS, ODD):
        made.create_table(name, [(1, "a")])
    yield made
    made.close()


@pytest.fixture
def warehouse(engine: SQLServerDoubleEngine) -> Iterator[Warehouse]:
    opened = engine.open(read_only=True)
    yield opened
    opened.close()


def thing(engine: SQLServerDoubleEngine, name: RelationName) -> Thing:
    found = engine.server.find(name.schema, name.name)
    assert found is not None
    return found


def test_each_table_is_checked_by_its_own_name(
    engine: SQLServerDoubleEngine, warehouse: Warehouse
) -> None:
    assert warehouse.check_integrity([ORDERS, ODD]) == IntegrityCheck(HOW)
    assert sum("DBCC CHECKTABLE" in text for text in engine.server.log) == 2


def test_faults_are_those_of_their_table(
    engine: SQLServerDoubleEngine, warehouse: Warehouse
) -> None:
    thing(engine, ODD).damage = ("Page (1:9) could not be\nprocessed.", "Page (1:10) is torn.")
    assert warehouse.check_integrity([ORDERS, ODD]).faults == (
        IntegrityFault(ODD, "Page (1:9) could not be processed."),
        IntegrityFault(ODD, "Page (1:10) is torn."),
    )


@pytest.mark.parametrize("number", [2557, 2571, 7983])
def test_a_user_who_may_not_check_is_told_so(
    engine: SQLServerDoubleEngine, warehouse: Warehouse, number: int
) -> None:
    engine.server.fail("DBCC", number)
    assert warehouse.check_integrity([ORDERS]) == IntegrityCheck("", unseen=(DENIED,))


def test_a_page_that_cannot_be_read_at_all_is_damage(
    engine: SQLServerDoubleEngine, warehouse: Warehouse
) -> None:
    engine.server.fail("DBCC", 824)
    assert warehouse.check_integrity([ORDERS]).faults == (IntegrityFault(ORDERS, "error 824"),)


def test_a_check_that_cannot_be_made_is_no_damage(
    engine: SQLServerDoubleEngine, warehouse: Warehouse
) -> None:
    engine.server.fail("DBCC", 5030)  # no snapshot, and no lock on the table
    with pytest.raises(WarehouseFailed):
        warehouse.check_integrity([ORDERS])


@pytest.mark.parametrize("number", [207, 208, 4413, 4502])
def test_what_cannot_be_bound_cannot_be_queried(
    engine: SQLServerDoubleEngine, warehouse: Warehouse, number: int
) -> None:
    engine.server.fail("WHERE 1 = 0", number)
    assert warehouse.unreadable([ORDERS]) == {ORDERS: f"error {number}"}


def test_what_a_user_may_not_see_is_not_called_broken(
    engine: SQLServerDoubleEngine, warehouse: Warehouse
) -> None:
    engine.server.fail("WHERE 1 = 0", 229)
    with pytest.raises(PermissionMissing):
        warehouse.unreadable([ORDERS])
    engine.server.fail("WHERE 1 = 0", 1222)
    with pytest.raises(WarehouseFailed):
        warehouse.unreadable([ORDERS])
