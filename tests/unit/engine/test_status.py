"""Status: what is live, what drifted, who is at work, what the mirror lacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.engine.double import COLUMNS, Model, pointer, versioned
from tests.unit.engine.stage import ALIVE, DEAD, ENVIRONMENT, Stage, killed_at

from dbt_rewind import clock
from dbt_rewind.engine.drift import Drift, find_drift
from dbt_rewind.engine.site import operating
from dbt_rewind.engine.status import Status, read_status
from dbt_rewind.errors import ChainBroken, WarehouseFailed
from dbt_rewind.model import Owner
from dbt_rewind.warehouse.memory import MemoryWarehouse

PROJECT = {"customers": Model("c1"), "orders": Model("o1")}


def status(stage: Stage) -> Status:
    reader = MemoryWarehouse(stage.store, read_only=True)
    return read_status(reader, ENVIRONMENT, stage.mirror, None)


def drift(stage: Stage) -> tuple[Drift, ...]:
    live = stage.live
    assert live is not None
    return find_drift(stage.connect(), live)


def test_before_anything_nothing_is_wrong(stage: Stage) -> None:
    found = status(stage)
    assert (found.live, found.pointers, found.drift, found.lease) == (None, 0, (), None)
    assert (found.unfinished, found.mirror_problem, found.branch) == (None, None, None)
    assert found.healthy
    assert not found.at_work


def test_a_live_release_forward_back_and_forward(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy({**PROJECT, "orders": Model("o2")})
    for to, live in ((None, "r1"), ("r2", "r2"), ("r1", "r1")):
        stage.rollback(to)
        found = status(stage)
        assert found.live is not None
        assert (found.live.id, found.pointers, found.healthy) == (live, 2, True)


def test_reading_changes_nothing_and_takes_no_lock(stage: Stage) -> None:
    stage.deploy(PROJECT)
    with operating(stage.site(), "deploy"):
        before = stage.store.contents
        status(stage)
        assert stage.store.contents is before


def test_every_pointer_that_leads_elsewhere_is_named_in_order(stage: Stage) -> None:
    stage.deploy(PROJECT)
    assert drift(stage) == ()
    stage.store.create_view(pointer("orders"), versioned("customers", 1))
    stage.store.create_table(pointer("customers"), COLUMNS, [])
    assert drift(stage) == (
        Drift(pointer("customers"), versioned("customers", 1), "a table of another make"),
        Drift(pointer("orders"), versioned("orders", 1), "leading to rewind_r1_gold.customers"),
    )
    stage.store.remove(pointer("customers"))
    assert drift(stage)[0].found == "missing"
    assert not status(stage).healthy


def test_a_running_operation_is_at_work_not_interrupted(stage: Stage) -> None:
    stage.deploy(PROJECT)
    seen: list[Status] = []

    def hook(step: str) -> None:
        if step == "built":
            seen.append(status(stage))

    stage.deploy({**PROJECT, "orders": Model("o2")}, hook=hook)
    (found,) = seen
    assert found.at_work
    assert found.unfinished is not None
    assert found.healthy
    assert found.live is not None
    assert found.live.id == "r1"


def test_a_killed_operation_is_interrupted(stage: Stage) -> None:
    stage.deploy(PROJECT)
    with pytest.raises(WarehouseFailed):
        stage.deploy(
            {**PROJECT, "orders": Model("o2")}, fault=killed_at("before built"), killed=True
        )
    found = status(stage)
    assert found.lease is not None
    assert not found.at_work
    assert found.unfinished is not None
    assert found.unfinished.release == 2
    assert not found.healthy
    stage.recover()
    assert status(stage).healthy


@pytest.mark.parametrize(
    ("owner", "age", "at_work"),
    [
        (ALIVE, timedelta(0), True),
        (DEAD, timedelta(0), False),
        (replace(DEAD, host="another host"), timedelta(0), True),
        # A runner of CI that is gone: nothing is known of its process, but its lease has run out.
        (replace(DEAD, host="another host"), timedelta(minutes=5), False),
    ],
)
def test_who_is_at_work(stage: Stage, owner: Owner, age: timedelta, at_work: bool) -> None:
    warehouse = stage.connect()
    warehouse.prepare()
    warehouse.acquire_lease(ENVIRONMENT, owner, clock.now() - age, timedelta(minutes=1))
    assert status(stage).at_work is at_work


def test_a_mirror_that_lags_or_was_lost_is_said(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.mirror.unlink()
    assert status(stage).mirror_problem == "3 events are not mirrored yet"
    assert not status(stage).healthy
    stage.recover()
    assert status(stage).healthy


def test_a_mirror_that_knows_more_is_said(stage: Stage) -> None:
    stage.deploy(PROJECT)
    backup = stage.store.contents.copy()
    stage.deploy({**PROJECT, "orders": Model("o2")})
    stage.store.contents = backup
    problem = status(stage).mirror_problem
    assert problem is not None
    assert "has forgotten" in problem


def test_a_damaged_mirror_is_said(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.mirror.write_text("nonsense\n")
    assert "line 1 is not a ledger event" in str(status(stage).mirror_problem)


def test_a_damaged_ledger_is_an_error(stage: Stage) -> None:
    stage.deploy(PROJECT)
    with stage.store.changing() as draft:
        first, second, third = draft.events[ENVIRONMENT]
        draft.events[ENVIRONMENT] = (first, third, second)
    with pytest.raises(ChainBroken):
        status(stage)
