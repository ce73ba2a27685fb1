"""What cannot be queried, and what the warehouse finds in its own storage."""

from __future__ import annotations

import pytest
from tests.conformance.engines import Engine
from tests.conformance.operation import Operation

from dbt_rewind.errors import WarehouseError


def test_what_is_there_can_be_queried(operation: Operation) -> None:
    names = [operation.build(1, f"t{number}") for number in range(4)]
    view = operation.pointer("view")
    operation.engine.create_view(view, names[0])
    assert operation.warehouse.unreadable([*names, view]) == {}
    assert operation.warehouse.unreadable([]) == {}


def test_what_is_missing_cannot_be_queried(operation: Operation) -> None:
    there, gone = operation.build(1), operation.versioned(9, "gone")
    found = operation.warehouse.unreadable([there, gone])
    assert set(found) == {gone}
    assert found[gone]


def test_nor_can_a_view_whose_table_is_gone(operation: Operation) -> None:
    if operation.warehouse.capabilities.views_hold:
        pytest.skip("no table can be dropped below a view")
    table, other = operation.build(1), operation.build(1, "other")
    view, good = operation.pointer("view"), operation.pointer("good")
    operation.engine.create_view(view, table)
    operation.engine.create_view(good, other)
    operation.warehouse.drop([table])
    found = operation.warehouse.unreadable([view, good, other])
    assert set(found) == {view}


def test_whole_tables_have_no_faults(operation: Operation) -> None:
    tables = [operation.build(1), operation.build(1, "empty")]
    before = [operation.warehouse.measure(each, fingerprint=True) for each in tables]
    found = operation.warehouse.check_integrity(tables)
    assert found.faults == ()
    assert found.how or found.unseen
    assert [operation.warehouse.measure(each, fingerprint=True) for each in tables] == before


def test_a_check_needs_no_more_than_reading(engine: Engine, operation: Operation) -> None:
    table = operation.build(1)
    operation.warehouse.close()
    opened = engine.open(read_only=True)
    assert opened.check_integrity([table]).faults == ()
    assert opened.unreadable([table]) == {}
    opened.close()


def test_what_cannot_be_checked_is_an_error_or_unseen(operation: Operation) -> None:
    try:
        found = operation.warehouse.check_integrity([operation.versioned(9)])
    except WarehouseError:
        return
    assert found.faults == ()
    assert found.unseen
