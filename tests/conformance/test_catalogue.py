"""What stands where: pointers, relations, and the search for leftovers."""

from __future__ import annotations

import pytest
from tests.conformance.engines import Engine
from tests.conformance.operation import Operation

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import Column, PointerState, RelationInfo, RelationKind


def test_every_name_asked_for_has_a_state(engine: Engine, operation: Operation) -> None:
    target = operation.build(1)
    operation.publish(operation.move(None, 1))
    view, table, absent = (operation.pointer(name) for name in ("view", "table", "absent"))
    engine.create_view(view, None)
    engine.create_table(table, [])
    names = [operation.pointer(), view, table, absent]
    assert operation.warehouse.pointers(names) == {
        operation.pointer(): PointerState(operation.pointer(), target),
        view: PointerState(view, None, RelationKind.VIEW),
        table: PointerState(table, None, RelationKind.TABLE),
        absent: PointerState(absent, None),
    }


def test_nothing_asked_nothing_answered(operation: Operation) -> None:
    assert operation.warehouse.pointers([]) == {}
    assert operation.warehouse.relations([]) == {}


def test_a_pointer_whose_relation_is_gone_still_leads_there(operation: Operation) -> None:
    target = operation.build(1)
    operation.publish(operation.move(None, 1))
    if operation.warehouse.capabilities.views_hold:
        with pytest.raises(WarehouseFailed, match=r"gold\.orders"):
            operation.warehouse.drop([target])
        assert target in operation.warehouse.relations([target])
    else:
        operation.warehouse.drop([target])
    assert operation.leads_to() == target


def test_relations_tells_those_that_exist(engine: Engine, operation: Operation) -> None:
    table = operation.build(1)
    operation.publish(operation.move(None, 1))
    pointer, absent = operation.pointer(), operation.pointer("absent")
    columns = (Column("id", engine.types[0]), Column("label", engine.types[1]))
    assert operation.warehouse.relations([table, pointer, absent]) == {
        table: RelationInfo(table, RelationKind.TABLE, columns),
        pointer: RelationInfo(pointer, RelationKind.VIEW, columns),
    }


def test_who_has_no_privileges_grants_none_to_everybody(operation: Operation) -> None:
    """Where they cannot be told, that is said, and no engine with privileges may say it."""
    operation.build(1)
    operation.publish(operation.move(None, 1))
    found = operation.warehouse.public_grants([operation.pointer()])
    assert not found
    if operation.warehouse.capabilities.grants:
        assert found == {}
