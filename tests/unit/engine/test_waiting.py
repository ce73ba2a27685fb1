"""A build whose publish others were in the way of is kept, and published without another build."""

from __future__ import annotations

import pytest
from tests.unit.engine.double import COLUMNS, Model, pointer, versioned
from tests.unit.engine.stage import Fault, Stage, killed_at
from tests.unit.engine.test_deploy import PROJECT

from dbt_rewind.engine.history import ReleaseState
from dbt_rewind.engine.retention import Reason, Rules, decide
from dbt_rewind.engine.status import read_status
from dbt_rewind.engine.target import choose_target
from dbt_rewind.errors import (
    PointerDrifted,
    PublishBlocked,
    ReleaseNotRestorable,
    WarehouseFailed,
)
from dbt_rewind.model import EventKind

CHANGED = {**PROJECT, "orders": Model("o2", "incremental")}
READER = "process 123 (psql, ada) reads gold.orders since 10:03"


def in_the_way(of: str = "published") -> Fault:
    def fault(at: str) -> None:
        if at == f"before {of}":
            raise PublishBlocked("prod", "5m", (READER,))

    return fault


@pytest.fixture
def blocked(stage: Stage) -> Stage:
    """r1 is live, and a reader was in the way of r2."""
    stage.deploy(PROJECT)
    with pytest.raises(PublishBlocked) as raised:
        stage.deploy(CHANGED, fault=in_the_way())
    assert raised.value.built == "r2"
    assert raised.value.details == (READER,)
    return stage


def builds(stage: Stage) -> int:
    """How many versions have built anything."""
    return sum(bool(version.built) for version in stage.versions)


def test_users_see_what_they_saw_and_the_build_is_kept(blocked: Stage) -> None:
    assert blocked.codes["gold.orders"] == "o1"
    assert blocked.states() == ["live", "built"]
    assert blocked.kinds[-2:] == ["built", "blocked"]
    assert versioned("orders", 2) in blocked.store.contents.relations
    (event,) = (each for each in blocked.history.events if each.kind is EventKind.BLOCKED)
    assert event.payload["message"] == READER
    blocked.assert_consistent()


def test_the_same_deploy_publishes_it_without_a_build(blocked: Stage) -> None:
    built, kept = builds(blocked), blocked.store.contents.relations[versioned("orders", 2)]
    deployed = blocked.deploy(CHANGED)
    assert builds(blocked) == built
    assert (deployed.release.number, deployed.reused, deployed.previous) == (2, 2, 1)
    assert blocked.store.contents.relations[versioned("orders", 2)] is kept
    assert blocked.states() == ["superseded", "live"]
    after = blocked.seen
    for to, code in (("r1", "o1"), ("r2", "o2"), ("r1", "o1")):
        blocked.rollback(to)
        assert blocked.codes["gold.orders"] == code
    blocked.let_in(CHANGED)
    assert blocked.deploy(CHANGED).reused == 2
    assert blocked.seen == after
    blocked.assert_consistent()


def test_it_waits_as_often_as_others_are_in_the_way(blocked: Stage) -> None:
    built = builds(blocked)
    for _ in range(2):
        with pytest.raises(PublishBlocked) as raised:
            blocked.deploy(CHANGED, fault=in_the_way())
        assert raised.value.built == "r2"
    assert blocked.states() == ["live", "built"]
    assert blocked.deploy(CHANGED).release.number == 2
    assert builds(blocked) == built


def test_recover_leaves_it_and_a_first_deploy_waits_too(stage: Stage) -> None:
    with pytest.raises(PublishBlocked):
        stage.deploy(PROJECT, fault=in_the_way())
    assert not stage.recover().needed
    assert stage.states() == ["built"]
    assert stage.deploy(PROJECT).release.number == 1
    assert stage.states() == ["live"]
    stage.assert_consistent()


def test_a_refresh_waits_too(stage: Stage) -> None:
    stage.deploy(PROJECT)
    with pytest.raises(PublishBlocked):
        stage.refresh(PROJECT, fault=in_the_way())
    built = builds(stage)
    assert stage.refresh(PROJECT).release.number == 2
    assert builds(stage) == built
    # The next one builds.
    assert stage.refresh(PROJECT).release.number == 3
    assert builds(stage) == built + 1


@pytest.mark.parametrize(
    "other", [{"select": ["orders"]}, {"full": True}, {"full_refresh": True}], ids=str
)
def test_another_request_builds(blocked: Stage, other: dict[str, object]) -> None:
    built = builds(blocked)
    assert blocked.deploy(CHANGED, **other).release.number == 3  # type: ignore[arg-type]
    assert builds(blocked) == built + 1


def test_a_selection_waits_for_the_same_selection(stage: Stage) -> None:
    stage.deploy(PROJECT)
    with pytest.raises(PublishBlocked):
        stage.deploy(CHANGED, select=["orders"], fault=in_the_way())
    built = builds(stage)
    assert stage.deploy(CHANGED, select=["orders"]).release.number == 2
    assert builds(stage) == built


def test_where_another_release_went_live_it_is_built_again(blocked: Stage) -> None:
    blocked.deploy({**PROJECT, "orders": Model("o3", "incremental")})
    deployed = blocked.deploy(CHANGED)
    assert deployed.release.number == 4
    assert blocked.store.rows(pointer("orders")) == (
        ("orders", "o1", ""),
        ("orders", "o3", ""),
        ("orders", "o2", ""),
    )


def test_where_a_relation_is_gone_it_is_built_again(blocked: Stage) -> None:
    blocked.store.remove(versioned("orders", 2))
    assert blocked.deploy(CHANGED).release.number == 3
    blocked.assert_consistent()


def test_drift_is_still_refused_and_put_right(blocked: Stage) -> None:
    blocked.store.create_table(pointer("orders"), COLUMNS, [("theirs", "1", "")])
    with pytest.raises(PointerDrifted):
        blocked.deploy(CHANGED)
    assert blocked.deploy(CHANGED, repair=True).release.number == 2
    assert blocked.codes["gold.orders"] == "o2"
    blocked.assert_consistent()


def test_status_and_retention_tell_of_it(blocked: Stage) -> None:
    found = read_status(blocked.connect(), "prod", blocked.mirror, None)
    assert found.waiting is not None
    assert found.waiting.number == 2
    assert found.healthy
    with pytest.raises(ReleaseNotRestorable, match="never published"):
        choose_target(blocked.history, "r2", lambda name: None)


def test_a_prune_keeps_it_while_nothing_newer_came(blocked: Stage) -> None:
    def reason(number: int) -> Reason:
        history = blocked.history
        verdicts = decide(history, Rules(keep=1), history.events[-1].at)
        return {each.release: each.reason for each in verdicts}[number]

    assert reason(2) is Reason.WAITING
    blocked.prune(keep=1)
    assert blocked.history.releases[2].waits
    blocked.deploy({**PROJECT, "orders": Model("o3", "incremental")})
    assert reason(2) is Reason.PAST_FAILURE
    blocked.prune(keep=1)
    assert versioned("orders", 2) not in blocked.store.contents.relations
    assert blocked.states() == ["superseded", "pruned", "live"]
    blocked.assert_consistent()


def test_an_eject_drops_it(blocked: Stage) -> None:
    seen = dict(blocked.seen)
    ejected = blocked.eject()
    assert versioned("orders", 2) in ejected.dropped
    assert {name: blocked.store.rows(pointer(name[5:])) for name in seen} == seen


@pytest.mark.parametrize("when", ["before blocked", "after blocked"])
def test_killed_while_it_is_recorded_it_is_undone_or_waits(stage: Stage, when: str) -> None:
    stage.deploy(PROJECT)
    blocking, killing = in_the_way(), killed_at(when)

    def fault(at: str) -> None:
        blocking(at)
        killing(at)

    with pytest.raises(WarehouseFailed):
        stage.deploy(CHANGED, fault=fault, killed=True)
    stage.recover()
    assert stage.states() == ["live", "aborted" if when == "before blocked" else "built"]
    stage.assert_consistent()
    assert stage.deploy(CHANGED).release.number == (3 if when == "before blocked" else 2)


def test_what_takes_over_an_equal_release_is_undone_at_once(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    with pytest.raises(PublishBlocked) as raised:
        stage.deploy(PROJECT, fault=in_the_way())
    assert raised.value.built is None
    assert stage.states() == ["superseded", "live", "aborted"]
    assert stage.deploy(PROJECT).reused == 1
    stage.assert_consistent()


def test_an_adoption_is_undone_at_once(stage: Stage) -> None:
    stage.plain_build(PROJECT)
    before = dict(stage.store.contents.relations)
    with pytest.raises(PublishBlocked) as raised:
        stage.adopt(PROJECT, fault=in_the_way())
    assert raised.value.built is None
    assert dict(stage.store.contents.relations) == before
    assert stage.history.releases[1].state is ReleaseState.ABORTED
    assert stage.adopt(PROJECT).number == 2


def test_a_rollback_changes_nothing(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    seen, kinds = stage.seen, stage.kinds
    with pytest.raises(PublishBlocked):
        stage.rollback(fault=in_the_way())
    assert (stage.seen, stage.kinds) == (seen, kinds)
    stage.rollback()
    stage.assert_consistent()


def test_what_a_gate_stopped_and_was_accepted_stays_stopped(stage: Stage) -> None:
    stage.deploy(PROJECT)
    smaller = {name: model for name, model in CHANGED.items() if name != "customers"}
    smaller["summary"] = Model("s2", parents=("orders",))
    with pytest.raises(Exception, match="was not published"):
        stage.deploy(smaller)
    with pytest.raises(PublishBlocked) as raised:
        stage.deploy(smaller, accepted=["vanished"], fault=in_the_way())
    assert raised.value.built == "r2"
    assert stage.states() == ["live", "stopped"]
    assert stage.deploy(smaller, accepted=["vanished"]).reused == 2
