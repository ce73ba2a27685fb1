"""Profiles of columns, duplicates and sizes."""

from __future__ import annotations

import pytest
from tests.conformance.engines import Engine
from tests.conformance.operation import Operation

from dbt_rewind.errors import WarehouseFailed


def test_columns_are_profiled_with_the_fingerprint(engine: Engine, operation: Operation) -> None:
    name = operation.versioned(1)
    engine.create_table(name, [(1, "a"), (4, None), (2, None)])
    plain = operation.warehouse.measure(name, fingerprint=False)
    assert (plain.rows, plain.columns) == (3, ())
    measure = operation.warehouse.measure(name, fingerprint=True, totals=["id", "label", "none"])
    assert [(each.name, each.nulls, each.total) for each in measure.columns] == [
        ("id", 0, "7"),
        ("label", 2, None),
    ]
    info = operation.warehouse.relations([name])[name]
    assert [each.type for each in measure.columns] == [each.type for each in info.columns]
    unasked = operation.warehouse.measure(name, fingerprint=True)
    assert [each.total for each in unasked.columns] == [None, None]
    assert unasked.fingerprint == measure.fingerprint


def test_an_empty_table_has_no_nulls(engine: Engine, operation: Operation) -> None:
    name = operation.versioned(1)
    engine.create_table(name, [])
    measure = operation.warehouse.measure(name, fingerprint=True)
    assert [each.nulls for each in measure.columns] == [0, 0]


def test_duplicates_are_values_in_more_than_one_row(engine: Engine, operation: Operation) -> None:
    name = operation.versioned(1)
    rows = [(1, "a"), (1, "b"), (2, "a"), (2, "a"), (2, "a"), (3, None), (3, None)]
    engine.create_table(name, rows)
    assert operation.warehouse.duplicates(name, ["id"]) == 3
    assert operation.warehouse.duplicates(name, ["label"]) == 1
    assert operation.warehouse.duplicates(name, ["id", "label"]) == 1
    with pytest.raises(WarehouseFailed):
        operation.warehouse.duplicates(name, ["id", "none"])


def test_sizes_are_of_tables(engine: Engine, operation: Operation) -> None:
    table, view, missing = (operation.pointer(name) for name in ("table", "view", "missing"))
    engine.create_table(table, [(number, "some text") for number in range(9)])
    engine.create_view(view, table)
    sizes = operation.warehouse.sizes([table, view, missing])
    assert sizes.keys() == {table, view, missing}
    assert sizes[table] >= 0
    assert (sizes[view], sizes[missing]) == (0, 0)
