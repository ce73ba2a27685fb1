"""Those of many relations that cannot be queried are found with few statements."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dbt_rewind.errors import ConnectionLost, WarehouseError, WarehouseFailed
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.probing import unreadable

NAMES = [RelationName("shop", "gold", f"t{number:03}") for number in range(200)]
BROKEN = {NAMES[3], NAMES[4], NAMES[199]}


def is_failed(error: WarehouseError) -> bool:
    return "gone" in error.message


def test_the_broken_ones_are_found_by_halving() -> None:
    asked = []

    def probe(part: Sequence[RelationName]) -> None:
        asked.append(len(part))
        if broken := BROKEN & set(part):
            raise WarehouseFailed("looking", f"{min(broken)} is gone")

    found = unreadable(NAMES, probe, is_failed)
    assert found == {name: f"{name} is gone" for name in BROKEN}
    assert len(asked) < 40


def test_what_is_whole_takes_one_statement_for_many() -> None:
    asked: list[Sequence[RelationName]] = []
    assert unreadable(NAMES, asked.append, is_failed) == {}
    assert sorted(name for part in asked for name in part) == NAMES
    assert len(asked) == 4
    assert unreadable([], asked.append, is_failed) == {}


@pytest.mark.parametrize(
    "error", [ConnectionLost("server", "looking", "gone"), WarehouseFailed("looking", "too slow")]
)
def test_what_says_nothing_of_a_relation_is_raised(error: WarehouseError) -> None:
    def probe(part: Sequence[RelationName]) -> None:
        raise error

    with pytest.raises(type(error)):
        unreadable(NAMES, probe, is_failed)
