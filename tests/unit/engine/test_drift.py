"""Drift is named, refused, and put right: what strangers made is never destroyed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.engine.double import COLUMNS, Model, pointer, versioned
from tests.unit.engine.stage import ENVIRONMENT, Stage, killed_at

from dbt_rewind.engine.drift import find_drift, missing_relations
from dbt_rewind.engine.status import Status, read_status
from dbt_rewind.errors import PointerDrifted, PointerOccupied, WarehouseFailed
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.memory_store import View

PROJECT = {"customers": Model("c1"), "orders": Model("o1")}
CHANGED = {**PROJECT, "orders": Model("o2")}
THEIRS = (("theirs", "1", ""),)


def table_stands(stage: Stage, name: str) -> None:
    stage.store.create_table(pointer(name), COLUMNS, THEIRS)


def view_stands(stage: Stage, name: str) -> None:
    stage.store.create_view(pointer(name), None)


def leads_to_a_strangers(stage: Stage, name: str) -> None:
    """As a plain `dbt run` of a model `select * from` another leaves it."""
    stage.store.create_table(pointer("raw"), COLUMNS, THEIRS)
    stage.store.create_view(pointer(name), pointer("raw"))


def leads_to_another(stage: Stage, name: str) -> None:
    stage.store.create_view(pointer(name), versioned("orders", 1))


def is_dropped(stage: Stage, name: str) -> None:
    stage.store.remove(pointer(name))


DRIFTS = [table_stands, view_stands, leads_to_a_strangers, leads_to_another, is_dropped]
KEPT = DRIFTS[:3]
NAMES = ["customers", "orders"]
Make = Callable[[Stage, str], None]


def status(stage: Stage) -> Status:
    return read_status(stage.connect(), ENVIRONMENT, stage.mirror, None)


def aside(name: str, sequence: int) -> RelationName:
    return pointer(f"{name}__aside_{sequence}")


@pytest.fixture
def two(stage: Stage) -> Stage:
    """r2 is live after r1; `orders` moved, `customers` did not. Six events."""
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    return stage


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", DRIFTS)
def test_any_drift_stops_whatever_publishes(two: Stage, make: Make, name: str) -> None:
    """Also of a name that would not move: users would see a mixture (invariant 1)."""
    make(two, name)
    before = two.store.contents
    operations: list[Callable[[], object]] = [
        two.rollback,
        lambda: two.deploy({**CHANGED, "orders": Model("o3")}),
        lambda: two.deploy(CHANGED),  # live already
        lambda: two.deploy(PROJECT),  # taken over from r1
    ]
    for operation in operations:
        with pytest.raises(PointerDrifted) as raised:
            operation()
        assert raised.value.pointer == f"gold.{name}"
    assert two.store.contents.relations == before.relations
    assert two.store.contents.events == before.events
    assert not status(two).healthy


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", DRIFTS)
def test_a_rollback_repairs_goes_back_and_forward(two: Stage, make: Make, name: str) -> None:
    seen = dict(two.seen)
    make(two, name)
    stood = two.store.contents.relations.get(pointer(name))
    planned = two.rollback(repair=True)
    assert planned.plan.repair is not None
    assert planned.plan.repair.pointers == (pointer(name),)
    assert two.kinds[6:] == ["repaired", "published"]
    assert two.codes["gold.orders"] == "o1"
    kept = two.store.contents.relations.get(aside(name, 7))
    assert kept == (stood if make in KEPT else None)
    forgotten = [aside(name, 7), pointer("raw")]
    for to in ("r2", "r1", "r2"):
        two.rollback(to)
        shown = {k: v for k, v in two.seen.items() if k not in map(str, forgotten)}
        assert shown == seen or to == "r1"
    found = status(two)
    assert found.healthy
    assert [each.relation for each in found.set_aside] == ([aside(name, 7)] if kept else [])


@pytest.mark.parametrize("make", DRIFTS)
def test_a_deploy_repairs_before_it_builds(two: Stage, make: Make) -> None:
    make(two, "orders")
    deployed = two.deploy({**CHANGED, "customers": Model("c3")}, repair=True)
    assert deployed.repair is not None
    assert two.kinds[6:] == ["repaired", "started", "built", "published"]
    assert two.codes["gold.customers"] == "c3"
    assert two.codes["gold.orders"] == "o2"
    two.rollback()
    assert two.codes["gold.customers"] == "c1"


@pytest.mark.parametrize("make", DRIFTS)
@pytest.mark.parametrize(("project", "events"), [(CHANGED, 0), (PROJECT, 2)])
def test_a_deploy_that_builds_nothing_repairs(
    two: Stage, make: Make, project: dict[str, Model], events: int
) -> None:
    make(two, "customers")
    deployed = two.deploy(project, repair=True)
    assert deployed.repair is not None
    assert two.kinds[6] == "repaired"
    assert len(two.kinds) == 7 + events
    assert two.codes["gold.customers"] == "c1"
    assert two.deploy(project, repair=True).repair is None


def test_without_drift_a_repair_does_nothing(two: Stage) -> None:
    assert two.deploy(CHANGED, repair=True).repair is None
    assert two.rollback(repair=True).plan.repair is None
    assert "repaired" not in two.kinds
    two.assert_consistent()


def test_a_strangers_table_where_the_target_has_a_pointer_is_kept(two: Stage) -> None:
    two.deploy({"orders": Model("o2")}, accepted=["vanished"])
    table_stands(two, "customers")
    assert find_drift(two.connect(), two.live or pytest.fail("nothing is live")) == ()
    with pytest.raises(PointerOccupied):
        two.rollback()
    two.rollback(repair=True)
    sequence = two.kinds.index("repaired") + 1
    assert two.store.rows(aside("customers", sequence)) == THEIRS
    assert two.codes["gold.customers"] == "c1"


def test_what_stands_where_a_first_deploy_goes_is_kept(stage: Stage) -> None:
    table_stands(stage, "orders")
    with pytest.raises(PointerOccupied):
        stage.deploy(PROJECT)
    stage.deploy(PROJECT, repair=True)
    assert stage.kinds[0] == "repaired"
    assert stage.store.rows(aside("orders", 1)) == THEIRS
    assert stage.codes["gold.orders"] == "o1"


def test_what_another_environment_has_published_stays(stage: Stage) -> None:
    stage.store.create_view(pointer("orders"), versioned("orders", 8))
    with pytest.raises(PointerDrifted):
        stage.deploy(PROJECT, repair=True)
    assert stage.kinds == []


def test_a_second_repair_keeps_beside_the_first(two: Stage) -> None:
    for sequence in (7, 8):
        table_stands(two, "orders")
        two.deploy(CHANGED, repair=True)
        assert two.store.rows(aside("orders", sequence)) == THEIRS
    assert len(status(two).set_aside) == 2
    two.store.remove(aside("orders", 7))
    assert [each.relation for each in status(two).set_aside] == [aside("orders", 8)]


def test_a_missing_relation_is_named_and_built_again(two: Stage) -> None:
    two.store.remove(versioned("orders", 2))
    assert status(two).missing == (versioned("orders", 2),)
    assert not status(two).healthy
    deployed = two.deploy(CHANGED)
    assert [str(node.relation) for node in deployed.release.nodes] == [
        "rewind_r1_gold.customers",
        "rewind_r3_gold.orders",
    ]
    assert status(two).healthy
    two.rollback("r1")
    two.assert_consistent()


@pytest.mark.parametrize("make", DRIFTS)
def test_a_missing_relation_under_a_drifted_pointer(two: Stage, make: Make) -> None:
    """There is nothing that the pointer could lead to, so that the way forward or back makes it."""
    two.store.remove(versioned("orders", 2))
    make(two, "orders")
    two.deploy(CHANGED, repair=True)
    assert two.codes["gold.orders"] == "o2"
    assert status(two).healthy


@pytest.mark.parametrize("make", DRIFTS)
def test_a_rollback_from_a_missing_relation_under_a_drifted_pointer(two: Stage, make: Make) -> None:
    two.store.remove(versioned("orders", 2))
    make(two, "orders")
    two.rollback(repair=True)
    assert two.codes["gold.orders"] == "o1"
    assert status(two).healthy


def test_what_drifts_while_dbt_builds_stops_the_publish(two: Stage) -> None:
    def hook(step: str) -> None:
        if step == "built":
            table_stands(two, "customers")

    with pytest.raises(PointerDrifted):
        two.deploy({**CHANGED, "orders": Model("o3")}, hook=hook)
    assert two.states() == ["superseded", "live", "aborted"]


@pytest.mark.parametrize("when", ["before repaired", "after repaired", "before published"])
def test_killed_in_a_repair_it_is_whole_or_not_begun(two: Stage, when: str) -> None:
    table_stands(two, "orders")
    with pytest.raises(WarehouseFailed):
        two.rollback(repair=True, fault=killed_at(when))
    drifted = not isinstance(two.store.contents.relations[pointer("orders")], View)
    assert drifted == (when == "before repaired")
    held = two.connect().lease(ENVIRONMENT)
    assert held is not None
    two.connect().release_lease(held)
    two.rollback(repair=True)
    assert two.codes["gold.orders"] == "o1"
    assert two.kinds.count("repaired") == 1


def test_nothing_is_missing_of_a_whole_release(two: Stage) -> None:
    live = two.live
    assert live is not None
    assert missing_relations(two.connect(), live) == ()
