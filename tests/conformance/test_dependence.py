"""What depends on what, and who else uses the ledger."""

from __future__ import annotations

from tests.conformance.engines import Engine
from tests.conformance.operation import ALIVE, MINUTE, NOW, Operation

from dbt_rewind.model import RelationName


def test_a_view_reads_what_its_text_names(engine: Engine, operation: Operation) -> None:
    table, view, over = (operation.pointer(name) for name in ("orders", "latest", "newest"))
    engine.create_table(table, [(1, "a")])
    engine.create_view(view, table)
    engine.create_view(over, view)
    absent = operation.pointer("absent")
    found = operation.warehouse.reads([table, view, over, absent])
    assert {name: set(read) for name, read in found.items()} == {view: {table}, over: {view}}


def test_a_table_that_nothing_refers_to(engine: Engine, operation: Operation) -> None:
    engine.create_table(operation.pointer(), [(1, "a")])
    assert operation.warehouse.referred([operation.pointer()]) == {}


def test_environments_are_those_with_events_or_a_holder(operation: Operation) -> None:
    warehouse = operation.warehouse
    assert set(warehouse.environments()) == {"prod"}
    dev = warehouse.acquire_lease("dev", ALIVE, NOW, MINUTE)
    assert set(warehouse.environments()) == {"prod", "dev"}
    warehouse.release_lease(dev)
    operation.publish()
    warehouse.release_lease(operation.lease)
    assert set(warehouse.environments()) == {"prod"}


def test_without_a_ledger_there_is_nothing_to_give_back(operation: Operation) -> None:
    warehouse = operation.warehouse
    warehouse.remove_ledger()
    assert warehouse.environments() == set()
    warehouse.release_lease(operation.lease)
    assert warehouse.relations([RelationName("", "rewind", "lease")]) == {}
