"""Materialized views, where the engine has them: they hold rows, and are views all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conformance.engines import ENGINES, MATERIALIZING, Engine
from tests.conformance.operation import Operation

from dbt_rewind.errors import WarehouseError
from dbt_rewind.model import PointerMove, RelationKind, RelationName, Relocation

ROWS = [(1, "a"), (2, "b")]


@pytest.fixture(params=MATERIALIZING)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    made: Engine = ENGINES[request.param](tmp_path)
    yield made
    made.close()


@pytest.fixture
def table(engine: Engine, operation: Operation) -> RelationName:
    name = operation.versioned(1, "orders")
    engine.create_table(name, ROWS)
    return name


def made_of(operation: Operation, table: RelationName, release: int) -> RelationName:
    name = operation.versioned(release, "totals")
    operation.engine.create_materialized_view(name, table)
    return name


def test_a_pointer_leads_to_one_and_back(operation: Operation, table: RelationName) -> None:
    held = {release: made_of(operation, table, release) for release in (1, 2)}
    public = operation.pointer("totals")
    for before, after in ((None, 1), (1, 2), (2, 1), (1, 2)):
        operation.publish(PointerMove(public, held[before] if before else None, held[after]))
        assert operation.leads_to("totals") == held[after]
        assert operation.engine.rows(public) == ROWS


def test_it_is_described_and_measured(operation: Operation, table: RelationName) -> None:
    warehouse, stored = operation.warehouse, made_of(operation, table, 1)
    found = warehouse.relations([table, stored])
    assert found[stored].kind is RelationKind.MATERIALIZED_VIEW
    assert found[stored].columns == found[table].columns
    assert warehouse.measure(stored, fingerprint=True) == warehouse.measure(table, fingerprint=True)
    assert warehouse.reads([stored]) == {stored: {table}}
    assert warehouse.sizes([stored])[stored] > 0


def test_its_rows_stay_when_those_that_it_reads_change(
    operation: Operation, table: RelationName
) -> None:
    stored = made_of(operation, table, 1)
    before = operation.warehouse.measure(stored, fingerprint=True)
    operation.engine.insert(table, (3, "c"))
    assert operation.warehouse.measure(stored, fingerprint=True) == before


def test_it_is_dropped_with_what_it_reads(operation: Operation, table: RelationName) -> None:
    first = made_of(operation, table, 1)
    second = operation.versioned(2, "totals")
    operation.engine.create_materialized_view(second, first)
    if operation.warehouse.capabilities.views_hold:
        with pytest.raises(WarehouseError):
            operation.warehouse.drop([table, first])
    operation.warehouse.drop([table, first, second])
    assert operation.warehouse.relations([table, first, second]) == {}


def test_it_moves_with_its_rows(operation: Operation, table: RelationName) -> None:
    stored = made_of(operation, table, 1)
    public = operation.pointer("totals")
    operation.engine.insert(table, (3, "c"))
    for source, target in ((stored, public), (public, stored)):
        operation.warehouse.commit(
            operation.event(), operation.lease, relocations=[Relocation(source, target)]
        )
        assert operation.engine.rows(target) == ROWS
        assert operation.warehouse.relations([source]) == {}
        assert operation.warehouse.reads([target]) == {target: {table}}


def test_one_is_made_anew_and_never_cloned(operation: Operation, table: RelationName) -> None:
    with pytest.raises(WarehouseError):
        operation.warehouse.clone(made_of(operation, table, 1), operation.versioned(2, "totals"))


def test_a_clone_replaces_one(operation: Operation, table: RelationName) -> None:
    stored = made_of(operation, table, 2)
    operation.warehouse.clone(table, stored)
    assert operation.warehouse.relations([stored])[stored].kind is RelationKind.TABLE
    assert operation.engine.rows(stored) == ROWS
