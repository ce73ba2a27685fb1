"""Clones are independent; drops take what is there and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from tests.conformance.engines import Engine
from tests.conformance.operation import Operation

from dbt_rewind.errors import WarehouseError
from dbt_rewind.model import RelationName

ROWS = [(3, "c"), (1, None), (2, "b"), (1, None)]


def in_any_order(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Where a table is many files, rows that came later may be read earlier."""
    return sorted(rows, key=repr)


@pytest.fixture
def source(engine: Engine, operation: Operation) -> RelationName:
    name = operation.versioned(1)
    engine.create_table(name, ROWS, comment="all orders", column_comments={"id": "key"})
    return name


def test_a_clone_has_rows_and_columns(operation: Operation, source: RelationName) -> None:
    target = operation.versioned(2)
    operation.warehouse.clone(source, target)
    assert operation.engine.rows(target) == ROWS
    assert operation.engine.comments(target) == ("all orders", {"id": "key"})
    infos = operation.warehouse.relations([source, target])
    assert infos[source].columns == infos[target].columns


def test_invariant_3_writes_to_a_clone_never_reach_the_source(
    operation: Operation, source: RelationName
) -> None:
    target = operation.versioned(2)
    operation.warehouse.clone(source, target)
    operation.engine.insert(target, (9, "new"))
    assert operation.engine.rows(source) == ROWS
    operation.engine.insert(source, (8, "old"))
    assert in_any_order(operation.engine.rows(target)) == in_any_order([*ROWS, (9, "new")])


@pytest.mark.parametrize("kind", ["table", "view"])
def test_a_clone_replaces_its_target(operation: Operation, source: RelationName, kind: str) -> None:
    target = operation.versioned(2)
    if kind == "table":
        operation.engine.create_table(target, [(5, "old")], comment="old")
    else:
        operation.engine.create_view(target, None)
    operation.warehouse.clone(source, target)
    operation.warehouse.clone(source, target)
    assert operation.engine.rows(target) == ROWS


def test_a_clone_makes_its_schema(operation: Operation, source: RelationName) -> None:
    target = RelationName(source.database, "rewind_other", "orders__r2")
    operation.warehouse.clone(source, target)
    assert operation.engine.rows(target) == ROWS


def test_a_clone_of_nothing_leaves_the_target(operation: Operation, source: RelationName) -> None:
    with pytest.raises(WarehouseError):
        operation.warehouse.clone(operation.versioned(9), source)
    assert operation.engine.rows(source) == ROWS


def test_a_view_and_the_table_itself_are_no_source(
    operation: Operation, source: RelationName
) -> None:
    view = operation.versioned(2)
    operation.engine.create_view(view, source)
    with pytest.raises(WarehouseError):
        operation.warehouse.clone(view, operation.versioned(3))
    with pytest.raises(WarehouseError):
        operation.warehouse.clone(source, source)
    assert operation.engine.rows(source) == ROWS


def test_drop_takes_tables_and_views_and_passes_over_missing_ones(
    operation: Operation, source: RelationName
) -> None:
    view, kept = operation.versioned(2), operation.build(3)
    operation.engine.create_view(view, source)
    operation.warehouse.drop([source, operation.versioned(9), view])
    assert set(operation.warehouse.relations([source, view, kept])) == {kept}
    operation.warehouse.drop([source, view])
    operation.warehouse.drop([])


def test_invariant_7_drop_never_takes_what_depends(
    operation: Operation, source: RelationName
) -> None:
    operation.publish(operation.move(None, 1))
    other = operation.build(2)
    if operation.warehouse.capabilities.views_hold:
        with pytest.raises(WarehouseError):
            operation.warehouse.drop([other, source])
        assert operation.warehouse.relations([other, source]).keys() == {other, source}
    else:
        operation.warehouse.drop([other, source])
    assert operation.leads_to() == source


def test_what_is_there_outlives_a_reclaim(operation: Operation, source: RelationName) -> None:
    dropped = operation.build(2)
    operation.warehouse.drop([dropped])
    operation.warehouse.reclaim()
    operation.warehouse.reclaim()
    assert operation.engine.rows(source) == ROWS
    assert dropped not in operation.warehouse.relations([dropped])
