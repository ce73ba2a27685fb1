"""Eject: plain tables and views again, and nothing of ours left."""

from __future__ import annotations

import pytest
from tests.unit.engine.double import COLUMNS, pointer, versioned
from tests.unit.engine.stage import ALIVE, ENVIRONMENT, Stage, killed_at
from tests.unit.engine.test_adopt import CHANGED, PROJECT, plain, relations, shown

from dbt_rewind import clock
from dbt_rewind.engine.mirror import read_mirror
from dbt_rewind.engine.site import LEASE
from dbt_rewind.errors import EjectionRefused, NothingLive, PointerDrifted, WarehouseFailed
from dbt_rewind.model import EventKind
from dbt_rewind.warehouse.memory_store import Table, View

__all__ = ["plain"]

DEATHS = [
    "before ejected",
    "after ejected",
    "before drop",
    "after drop",
    "before remove",
    "after remove",
    "before release",
]


def assert_nothing_is_left(stage: Stage) -> None:
    contents = stage.store.contents
    assert contents.ledger_version is None
    assert not contents.events
    assert not contents.leases
    assert [name for name in contents.relations if name.schema.startswith("rewind")] == []
    assert not stage.mirror.exists()
    assert list(stage.folder.glob("prod.ledger.jsonl.ejected-*"))


def test_what_was_adopted_is_given_back_as_it_was(plain: Stage) -> None:
    before = relations(plain.store.contents)
    for _ in range(2):  # there and back, and there again
        plain.adopt(PROJECT)
        ejected = plain.eject()
        assert relations(plain.store.contents) == before
        assert (ejected.dropped, ejected.others) == ((), ())
        assert_nothing_is_left(plain)


def test_what_was_deployed_is_given_back_as_users_see_it(plain: Stage) -> None:
    plain.adopt(PROJECT)
    plain.deploy(CHANGED)
    seen = shown(plain)
    ejected = plain.eject()
    assert shown(plain) == seen
    # r1's own tables and view, which r2 has replaced.
    assert [str(name) for name in ejected.dropped] == [
        "gold.orders__r1",
        "gold.summary__r1",
        "rewind_r1_gold.latest",
        "rewind_r1_gold.orders",
        "rewind_r1_gold.summary",
    ]
    now = plain.store.contents.relations
    assert set(map(str, now)) == {f"gold.{name}" for name in seen}
    assert isinstance(now[pointer("orders")], Table)
    assert now[pointer("latest")] == View(pointer("orders"))
    assert_nothing_is_left(plain)
    plain.plain_build(CHANGED)
    assert plain.adopt(CHANGED).id == "r1"


def test_what_a_rollback_left_is_dropped_too(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    stage.rollback()
    seen = dict(stage.seen)
    stage.eject()
    assert {name: stage.store.rows(pointer(name[5:])) for name in seen} == seen
    assert_nothing_is_left(stage)


def test_nothing_live_nothing_to_give_back(stage: Stage) -> None:
    with pytest.raises(NothingLive):
        stage.eject()


def test_drift_is_put_right_first(plain: Stage) -> None:
    plain.adopt(PROJECT)
    plain.store.create_table(pointer("orders"), COLUMNS, [("theirs", "1", "")])
    with pytest.raises(PointerDrifted):
        plain.eject()
    plain.deploy(PROJECT, repair=True)
    plain.eject()
    aside = pointer("orders__aside_3")
    assert plain.store.rows(aside) == (("theirs", "1", ""),)
    assert plain.store.rows(pointer("orders")) == (("orders", "o1", ""),)


def test_a_view_left_behind_is_refused_with_the_way_out(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(CHANGED, select=["orders"])  # `latest` still reads r1's orders
    before = relations(stage.store.contents)
    with pytest.raises(EjectionRefused) as raised:
        stage.eject()
    assert raised.value.problems == (
        "rewind_r1_gold.latest reads rewind_r1_gold.orders, which is no part of r2",
    )
    assert relations(stage.store.contents) == before
    stage.deploy(CHANGED)
    stage.eject()
    assert_nothing_is_left(stage)


def test_a_missing_relation_is_refused(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.store.remove(versioned("customers", 1))
    with pytest.raises(EjectionRefused):
        stage.eject()


@pytest.mark.parametrize("when", DEATHS)
@pytest.mark.parametrize("finished_by", ["recover", "adopt"])
def test_killed_at_any_step_it_is_whole_or_finished(
    plain: Stage, when: str, finished_by: str
) -> None:
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
    elif finished_by == "recover":
        plain.finish_eject()
        assert_nothing_is_left(plain)
    assert shown(plain) == seen
    assert plain.adopt(CHANGED).id == "r1"
    assert shown(plain) == seen
    plain.assert_consistent()


def test_a_mirror_that_was_left_alone_is_no_obstacle(plain: Stage) -> None:
    """Its ledger was removed with what it tells, by an eject."""
    plain.adopt(PROJECT)
    plain.eject()
    (kept,) = plain.folder.glob("prod.ledger.jsonl.ejected-*")
    assert read_mirror(kept)[-1].kind is EventKind.EJECTED
    kept.rename(plain.mirror)
    assert plain.adopt(PROJECT).id == "r1"
    plain.assert_consistent()


def test_the_ledger_stays_for_another_environment(plain: Stage) -> None:
    """Which may only be at work yet, and have no event."""
    plain.adopt(PROJECT)
    warehouse = plain.connect()
    lease = warehouse.acquire_lease("dev", ALIVE, clock.now(), LEASE)
    ejected = plain.eject()
    assert ejected.others == ("dev",)
    assert plain.kinds == ["built", "published", "ejected", "pruned"]
    assert plain.states() == ["pruned"]
    assert plain.history.live is None
    assert not plain.history.ejected
    assert read_mirror(plain.mirror) == plain.history.events
    warehouse.release_lease(lease)
    assert plain.finish_eject() is None
    assert plain.adopt(PROJECT).id == "r2"
    assert warehouse.lease(ENVIRONMENT) is None
