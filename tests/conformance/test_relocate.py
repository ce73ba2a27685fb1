"""Relations get other names with all they have, in the transaction of a publish."""

from __future__ import annotations

import pytest
from tests.conformance.engines import Engine
from tests.conformance.operation import Operation

from dbt_rewind.errors import NameTaken, PointerOccupied, WarehouseError
from dbt_rewind.model import PointerMove, RelationName, Relocation

ROWS = [(1, "a"), (2, "b")]


@pytest.fixture
def public(engine: Engine, operation: Operation) -> RelationName:
    """A table of another make under a public name."""
    name = operation.pointer()
    engine.create_table(name, ROWS, comment="all orders", column_comments={"id": "key"})
    return name


def test_a_table_makes_room_for_a_pointer_and_comes_back(
    engine: Engine, operation: Operation, public: RelationName
) -> None:
    aside = RelationName(engine.database, "gold", "orders__r1")
    versioned = RelationName(engine.database, "rewind_r1_gold", "orders")
    there = [
        PointerMove(public, None, versioned),
        PointerMove(versioned, None, aside),
    ]
    for _ in range(2):  # there and back, and there again
        event = operation.event()
        operation.warehouse.commit(
            event, operation.lease, moves=there, relocations=[Relocation(public, aside)]
        )
        assert operation.warehouse.pointers([public])[public].target == versioned
        assert engine.rows(public) == ROWS
        for name in (aside, versioned, public):
            assert engine.comments(name) == ("all orders", {"id": "key"})
        back = [PointerMove(move.pointer, move.after, None) for move in there]
        event = operation.event()
        operation.warehouse.commit(
            event, operation.lease, moves=back, relocations=[Relocation(aside, public)]
        )
        assert operation.warehouse.relations([aside, versioned]) == {}
        assert operation.warehouse.pointers([public])[public].target is None
        assert engine.rows(public) == ROWS
        assert engine.comments(public) == ("all orders", {"id": "key"})


def test_a_table_goes_to_another_schema(
    engine: Engine, operation: Operation, public: RelationName
) -> None:
    target = RelationName(engine.database, "elsewhere", "orders")
    operation.warehouse.commit(
        operation.event(), operation.lease, relocations=[Relocation(public, target)]
    )
    assert engine.rows(target) == ROWS
    assert engine.comments(target) == ("all orders", {"id": "key"})
    assert operation.warehouse.relations([public]) == {}


def test_a_view_follows_what_its_text_names(
    engine: Engine, operation: Operation, public: RelationName
) -> None:
    view = operation.pointer("latest")
    moved, target = (
        RelationName(engine.database, "rewind_r1_gold", name) for name in ("orders", "latest")
    )
    engine.create_view(view, public)
    operation.warehouse.commit(
        operation.event(),
        operation.lease,
        relocations=[Relocation(view, target), Relocation(public, moved)],
        references={public: moved},
    )
    assert operation.warehouse.pointers([target])[target].target == moved
    assert engine.rows(target) == ROWS
    assert operation.warehouse.relations([view]) == {}


def test_a_view_without_references_stays_as_it_is(
    engine: Engine, operation: Operation, public: RelationName
) -> None:
    view, aside = operation.pointer("latest"), operation.pointer("latest__aside_2")
    engine.create_view(view, public)
    operation.warehouse.commit(
        operation.event(), operation.lease, relocations=[Relocation(view, aside)]
    )
    assert operation.warehouse.pointers([aside])[aside].target == public


def test_nothing_is_done_where_a_name_is_taken(
    engine: Engine, operation: Operation, public: RelationName
) -> None:
    other = operation.pointer("customers")
    engine.create_table(other, [(9, "theirs")])
    before = operation.warehouse.events("prod")
    moves = [PointerMove(public, None, other)]
    with pytest.raises(NameTaken) as raised:
        operation.warehouse.commit(
            operation.event(),
            operation.lease,
            moves=moves,
            relocations=[Relocation(public, other)],
        )
    assert raised.value.relation == "gold.customers"
    assert operation.warehouse.events("prod") == before
    assert engine.rows(public) == ROWS
    assert engine.rows(other) == [(9, "theirs")]


def test_what_is_not_there_cannot_be_renamed(operation: Operation, public: RelationName) -> None:
    before = operation.warehouse.events("prod")
    gone, target = operation.pointer("gone"), operation.pointer("target")
    with pytest.raises(WarehouseError):
        operation.warehouse.commit(
            operation.event(),
            operation.lease,
            relocations=[Relocation(public, target), Relocation(gone, operation.pointer("x"))],
        )
    assert operation.warehouse.events("prod") == before
    assert operation.warehouse.relations([target]) == {}


def test_a_table_that_stays_is_still_in_the_way(
    engine: Engine, operation: Operation, public: RelationName
) -> None:
    other = operation.pointer("customers")
    engine.create_table(other, ROWS)
    with pytest.raises(PointerOccupied):
        operation.warehouse.commit(
            operation.event(),
            operation.lease,
            moves=[PointerMove(public, None, operation.versioned(1))],
            relocations=[Relocation(other, operation.versioned(1))],
        )
    assert engine.rows(public) == ROWS
