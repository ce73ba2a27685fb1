"""Figures of a relation's content, and a user's own query."""

from __future__ import annotations

import pytest
from tests.conformance.operation import Operation

from dbt_rewind.errors import WarehouseError
from dbt_rewind.model import Measure

ROWS = [(1, "a"), (2, None), (2, None), (3, "c")]


def fingerprint(operation: Operation, rows: list[tuple[int, str | None]]) -> str:
    """The fingerprint of a table with these rows."""
    relation = operation.versioned(1, "measured")
    operation.engine.create_table(relation, rows)
    measured = operation.warehouse.measure(relation, fingerprint=True)
    assert measured.rows == len(rows)
    assert measured.fingerprint is not None
    return measured.fingerprint


def test_without_a_fingerprint_only_rows_are_counted(operation: Operation) -> None:
    operation.engine.create_table(operation.versioned(1), ROWS)
    measured = operation.warehouse.measure(operation.versioned(1), fingerprint=False)
    assert measured == Measure(4, None)


def test_a_fingerprint_begins_with_its_algorithm(operation: Operation) -> None:
    algorithm = operation.warehouse.fingerprint_algorithm()
    assert ":" not in algorithm
    assert fingerprint(operation, ROWS).startswith(f"{algorithm}:")


def test_the_order_of_rows_does_not_matter(operation: Operation) -> None:
    assert fingerprint(operation, ROWS) == fingerprint(operation, ROWS[::-1])


@pytest.mark.parametrize(
    "other",
    [
        [],
        ROWS[:3],
        [*ROWS, ROWS[0]],
        [(1, "a"), (1, "a"), (2, None), (3, "c")],
        [(1, "a"), (2, None), (2, ""), (3, "c")],
        [(1, "c"), (2, None), (2, None), (3, "a")],
        [(1, "a"), (3, "c")],
    ],
)
def test_any_other_content_has_another_fingerprint(
    operation: Operation, other: list[tuple[int, str | None]]
) -> None:
    assert fingerprint(operation, ROWS) != fingerprint(operation, other)


def test_a_pointer_measures_like_its_relation(operation: Operation) -> None:
    target = operation.build(1)
    operation.publish(operation.move(None, 1))
    warehouse = operation.warehouse
    assert warehouse.measure(operation.pointer(), fingerprint=True) == warehouse.measure(
        target, fingerprint=True
    )


def test_a_missing_relation_cannot_be_measured(operation: Operation) -> None:
    for wanted in (True, False):
        with pytest.raises(WarehouseError):
            operation.warehouse.measure(operation.versioned(9), fingerprint=wanted)


def test_a_query_answers_with_columns_and_limited_rows(operation: Operation) -> None:
    operation.engine.create_table(operation.versioned(1), ROWS)
    answer = operation.warehouse.query("SELECT * FROM rewind_gold.orders__r1", limit=3)
    assert answer.columns == ("id", "label")
    assert answer.rows == tuple(ROWS[:3])
    assert 0 <= answer.seconds < 10


def test_a_query_sees_what_users_see(operation: Operation) -> None:
    for release in (1, 2):
        operation.build(release)
    for before, after in ((None, 1), (1, 2), (2, 1)):
        operation.publish(operation.move(before, after))
        answer = operation.warehouse.query("SELECT * FROM gold.orders", limit=10)
        assert answer.rows == ((after, "orders"),)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "not SQL",
        "SELECT * FROM rewind_gold.is_missing",
        "DROP TABLE rewind_gold.orders__r1",
        "DELETE FROM rewind_gold.orders__r1",
        "CREATE TABLE gold.t AS SELECT 1",
        "SELECT * FROM rewind_gold.orders__r1; DROP TABLE rewind_gold.orders__r1",
        "WITH a AS (SELECT 1) DELETE FROM rewind_gold.orders__r1",
        "EXPLAIN ANALYZE DELETE FROM rewind_gold.orders__r1",
        "SELECT '\udcff'",
    ],
)
def test_nothing_but_one_query_is_run(operation: Operation, sql: str) -> None:
    operation.engine.create_table(operation.versioned(1), ROWS)
    with pytest.raises(WarehouseError):
        operation.warehouse.query(sql, limit=10)
    assert operation.engine.rows(operation.versioned(1)) == ROWS


def test_capabilities_are_data(operation: Operation) -> None:
    capabilities = operation.warehouse.capabilities
    assert capabilities.engine == operation.engine.name
    assert capabilities.tried
