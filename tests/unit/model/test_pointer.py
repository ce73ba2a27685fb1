from __future__ import annotations

from dataclasses import replace

import pytest

from dbt_rewind.model import PointerMove, PointerState, RelationKind, RelationName

POINTER = RelationName("shop", "gold", "orders")
FIRST = RelationName("shop", "rewind_gold", "orders__r1")
SECOND = RelationName("shop", "rewind_gold", "orders__r2")


@pytest.mark.parametrize("same", [None, FIRST])
def test_a_move_that_moves_nothing_is_refused(same: RelationName | None) -> None:
    with pytest.raises(ValueError, match=r"gold\.orders does not move"):
        PointerMove(POINTER, same, same)


@pytest.mark.parametrize(("before", "after"), [(None, FIRST), (FIRST, SECOND), (FIRST, None)])
def test_a_move_creates_repoints_or_drops(
    before: RelationName | None, after: RelationName | None
) -> None:
    move = PointerMove(POINTER, before, after)
    assert (move.before, move.after) == (before, after)


def test_two_databases_with_one_name_are_two_relations() -> None:
    assert PointerMove(POINTER, FIRST, replace(FIRST, database="other")).after != FIRST


@pytest.mark.parametrize(
    ("state", "absent"),
    [
        (PointerState(POINTER, None), True),
        (PointerState(POINTER, FIRST), False),
        (PointerState(POINTER, None, RelationKind.TABLE), False),
    ],
)
def test_a_name_is_absent_when_nothing_at_all_holds_it(state: PointerState, absent: bool) -> None:
    assert state.absent is absent


def test_a_name_for_people_leaves_the_database_out() -> None:
    assert str(FIRST) == "rewind_gold.orders__r1"
