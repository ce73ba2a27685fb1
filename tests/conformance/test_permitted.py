"""Who owns everything may do everything, and asking for it changes nothing."""

from __future__ import annotations

from tests.conformance.engines import Engine

from dbt_rewind.model import Needs, RelationName
from dbt_rewind.warehouse.protocol import Warehouse


def test_an_owner_may_all(engine: Engine, warehouse: Warehouse) -> None:
    there = RelationName(engine.database, "gold", "orders")
    new = RelationName(engine.database, "rewind_r1_gold", "orders")
    engine.create_table(there, [(1, "one")])
    warehouse.require_permitted(Needs((new,), (there,), (there, new), (there,), ends=True))
    warehouse.require_permitted(Needs())
    assert new not in warehouse.relations([new])
    assert engine.rows(there) == [(1, "one")]
