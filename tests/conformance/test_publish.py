"""Publishing: every test goes forward, back, and forward again."""

from __future__ import annotations

from tests.conformance.engines import Engine
from tests.conformance.operation import Operation

from dbt_rewind.model import PointerMove, RelationName
from dbt_rewind.warehouse.protocol import Warehouse


def seen(operation: Operation, name: str = "orders") -> list[tuple[int, str]]:
    return operation.engine.rows(operation.pointer(name))


def test_a_pointer_leads_to_what_it_was_moved_to(operation: Operation) -> None:
    for release in (1, 2):
        operation.build(release)
    for before, after in ((None, 1), (1, 2), (2, 1), (1, 2)):
        operation.publish(operation.move(before, after))
        assert operation.leads_to() == operation.versioned(after)
        assert seen(operation) == [(after, "orders")]
    assert len(operation.warehouse.events("prod")) == 4


def test_a_pointer_is_dropped_and_created_again(operation: Operation) -> None:
    operation.build(1)
    for before, after in ((None, 1), (1, None), (None, 1)):
        operation.publish(operation.move(before, after))
        state = operation.warehouse.pointers([operation.pointer()])[operation.pointer()]
        assert state.absent == (after is None)
    assert seen(operation) == [(1, "orders")]


def test_many_pointers_move_together(operation: Operation) -> None:
    names = [f"model_{number}" for number in range(20)]
    for name in names:
        for release in (1, 2):
            operation.build(release, name)
    for before, after in ((None, 1), (1, 2), (2, 1), (1, 2)):
        operation.publish(*(operation.move(before, after, name) for name in names))
        assert [seen(operation, name) for name in names] == [[(after, name)] for name in names]


def test_a_pointer_changes_its_columns(engine: Engine, operation: Operation) -> None:
    first, second = operation.build(1), operation.versioned(2)
    engine.create_view(second, None)
    operation.publish(operation.move(None, 1))
    for before, after, target in ((1, 2, second), (2, 1, first), (1, 2, second)):
        operation.publish(operation.move(before, after))
        assert operation.leads_to() == target
        infos = operation.warehouse.relations([target, operation.pointer()])
        assert infos[target].columns == infos[operation.pointer()].columns


def test_other_schemas_are_made_as_needed_and_stay(operation: Operation) -> None:
    target = operation.build(1)
    plain = operation.warehouse.capabilities.word_names
    pointer = RelationName(target.database, "a_new_schema" if plain else "a new schema", "orders")
    for before, after in ((None, target), (target, None), (None, target)):
        operation.publish(PointerMove(pointer, before, after))
    assert operation.engine.rows(pointer) == [(1, "orders")]


def test_comments_come_with_the_relation(operation: Operation) -> None:
    operation.build(1, comment="first's", column_comments={"id": "the 'key'\n\"id\""})
    operation.build(2)
    operation.build(3, comment="third")
    expected: dict[int, tuple[str | None, dict[str, str]]] = {
        1: ("first's", {"id": "the 'key'\n\"id\""}),
        2: (None, {}),
        3: ("third", {}),
    }
    for before, after in ((None, 1), (1, 2), (2, 1), (1, 3), (3, 2), (2, 3)):
        operation.publish(operation.move(before, after))
        assert operation.engine.comments(operation.pointer()) == expected[after]


def test_comments_come_with_many_relations(operation: Operation) -> None:
    for name in ("a", "b"):
        operation.build(1, name, comment=f"about {name}")
    operation.publish(operation.move(None, 1, "a"), operation.move(None, 1, "b"))
    for name in ("a", "b"):
        assert operation.engine.comments(operation.pointer(name)) == (f"about {name}", {})


def test_another_opening_sees_it(engine: Engine, operation: Operation) -> None:
    operation.build(1)
    event = operation.publish(operation.move(None, 1))
    other = engine.open()
    assert other.events("prod") == (event,)
    state = other.pointers([operation.pointer()])[operation.pointer()]
    assert state.target == operation.versioned(1)
    other.close()


def test_it_is_there_after_closing_and_opening(engine: Engine, operation: Operation) -> None:
    operation.build(1)
    event = operation.publish(operation.move(None, 1), artifacts=[b"kept"])
    operation.warehouse.close()
    again: Warehouse = engine.open()
    assert again.events("prod") == (event,)
    assert again.lease("prod") == operation.lease
    assert again.pointers([operation.pointer()])[operation.pointer()].target is not None
    again.close()


def test_a_pointer_may_lead_to_a_view(engine: Engine, operation: Operation) -> None:
    operation.build(1)
    engine.create_view(operation.versioned(2), operation.versioned(1))
    operation.publish(operation.move(None, 2))
    assert operation.leads_to() == operation.versioned(2)
    assert seen(operation) == [(1, "orders")]
