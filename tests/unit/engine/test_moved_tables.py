"""Adopt and eject where a table goes to another schema without a copy."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.engine.double import COLUMNS, Model, pointer, versioned
from tests.unit.engine.stage import Stage, killed_at
from tests.unit.engine.test_adopt import CHANGED, PROJECT, relations, shown
from tests.unit.engine.test_eject import DEATHS, assert_nothing_is_left

from dbt_rewind.engine.eject import plan_eject
from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.memory import CAPABILITIES, MemoryWarehouse
from dbt_rewind.warehouse.memory_store import Table, View


class Referred(MemoryWarehouse):
    """A warehouse in which a stranger's foreign key leads to every table."""

    def referred(
        self, tables: Collection[RelationName]
    ) -> Mapping[RelationName, Set[RelationName]]:
        return {table: {pointer("strangers")} for table in tables}


class MovingStage(Stage):
    def connect(self) -> Referred:
        return Referred(self.store, capabilities=self.capabilities)


@pytest.fixture
def plain(tmp_path: Path) -> Stage:
    """A warehouse that moves tables, which plain dbt has built, and one table of a stranger's that
    refers to all of them."""
    stage = MovingStage(tmp_path, capabilities=replace(CAPABILITIES, moves_tables=True))
    stage.plain_build(PROJECT)
    stage.store.create_table(pointer("strangers"), COLUMNS, [("theirs", "1", "")])
    return stage


def test_adopted_tables_go_where_those_of_releases_are(plain: Stage) -> None:
    before, tables = shown(plain), relations(plain.store.contents)
    release = plain.adopt(PROJECT)
    assert shown(plain) == before
    now = plain.store.contents.relations
    for name in ("customers", "orders", "summary"):
        assert now[versioned(name, 1)] is tables[pointer(name)]
        assert now[pointer(name)] == View(versioned(name, 1))
    assert now[versioned("latest", 1)] == View(versioned("orders", 1))
    assert {node.storage for node in release.nodes} == {None}
    assert {name.schema for name in now} == {"gold", "rewind_r1_gold"}
    plain.assert_consistent()


def test_what_was_adopted_is_undone_and_given_back_as_it_was(plain: Stage) -> None:
    before, seen = relations(plain.store.contents), shown(plain)
    for _ in range(2):  # there and back, and there again
        plain.adopt(PROJECT)
        plain.deploy(CHANGED)
        after = shown(plain)
        for to, rows in (("r1", seen), ("r2", after), ("r1", seen)):
            plain.rollback(to)
            assert shown(plain) == rows
        ejected = plain.eject()
        assert relations(plain.store.contents) == before
        assert [str(name) for name in ejected.dropped] == [
            "rewind_r2_gold.latest",
            "rewind_r2_gold.orders",
            "rewind_r2_gold.summary",
        ]
        assert_nothing_is_left(plain)


def test_nothing_is_copied_to_give_a_deployed_release_back(plain: Stage) -> None:
    plain.adopt(PROJECT)
    plain.deploy(CHANGED)
    built = plain.store.contents.relations[versioned("orders", 2)]
    plan = plan_eject(plain.connect(), plain.history)
    assert plan.copied == {}
    plain.eject()
    now = plain.store.contents.relations
    assert isinstance(built, Table)
    assert now[pointer("orders")] is built
    assert now[pointer("latest")] == View(pointer("orders"))


def test_a_prune_takes_an_adopted_table_that_nothing_needs(plain: Stage) -> None:
    plain.adopt(PROJECT)
    for code in ("o2", "o3"):
        plain.deploy({**PROJECT, "orders": Model(code, "incremental")})
    plain.prune(keep=1)
    now = plain.store.contents.relations
    assert versioned("orders", 1) not in now
    assert versioned("customers", 1) in now  # all have reused it
    plain.assert_consistent()


@pytest.mark.parametrize("when", ["before built", "after built", "before published"])
def test_killed_before_the_publish_it_is_plain(plain: Stage, when: str) -> None:
    plainly = relations(plain.store.contents)
    with pytest.raises(WarehouseFailed):
        plain.adopt(PROJECT, fault=killed_at(when), killed=True)
    plain.recover()
    assert relations(plain.store.contents) == plainly
    plain.assert_consistent()


@pytest.mark.parametrize("when", DEATHS)
def test_an_eject_that_was_killed_is_whole_or_finished(plain: Stage, when: str) -> None:
    plain.adopt(PROJECT)
    plain.deploy(CHANGED)
    seen = shown(plain)
    with pytest.raises(WarehouseFailed):
        plain.eject(fault=killed_at(when), killed=True)
    assert shown(plain) == seen
    if when == "before ejected":
        plain.recover()
        plain.assert_consistent()
        plain.eject()
    else:
        plain.finish_eject()
    assert shown(plain) == seen
    assert_nothing_is_left(plain)
