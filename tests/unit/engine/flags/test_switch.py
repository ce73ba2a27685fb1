"""Flags off, on, and off again; deploys keep them."""

from __future__ import annotations

import pytest
from tests.unit.engine.double import Model, Project, pointer, versioned
from tests.unit.engine.stage import Stage, killed_at

from dbt_rewind import clock
from dbt_rewind.engine.retention import Fate, Reason, Rules, decide
from dbt_rewind.engine.rules import ModelRules
from dbt_rewind.engine.rules import Rules as BuildRules
from dbt_rewind.errors import (
    BuildFailed,
    FlagsCollide,
    FlagStuck,
    NoReleaseWithout,
    NothingLive,
    WarehouseFailed,
)
from dbt_rewind.model import Flag, ReleaseKind

PRICING = Flag("pricing", "prices discounts")
BEFORE: Project = {
    "raw": Model("raw1", "seed", resource_type="seed"),
    "orders": Model("o1", parents=("raw",)),
    "prices": Model("p1", parents=("raw",)),
    "summary": Model("s1", parents=("orders", "prices")),
}
AFTER: Project = {
    **BEFORE,
    "prices": Model("p2", parents=("raw",)),
    "discounts": Model("d2", parents=("prices",)),
    "summary": Model("s2", parents=("orders", "prices", "discounts")),
}
GATE = ("vanished", "rows")


@pytest.fixture
def live(stage: Stage) -> Stage:
    """r1 is without the feature, r2 brings it."""
    stage.deploy(BEFORE)
    stage.flags = (PRICING,)
    stage.deploy(AFTER)
    return stage


def codes(**names: str) -> dict[str, str]:
    return {f"gold.{name}": code for name, code in names.items()}


OFF = codes(raw="raw1", orders="o1", prices="p1", summary="s1")
ON = codes(raw="raw1", orders="o1", prices="p2", discounts="d2", summary="s2")


def test_off_on_and_off_again(live: Stage) -> None:
    before = live.seen
    planned = live.switch(off=["pricing"])
    assert live.codes == OFF
    assert [str(node.pointer) for node in planned.hidden] == ["gold.discounts"]
    assert (
        planned.whys["pricing"] == "it has prices with other code, and the flag named nothing in it"
    )
    (off,) = live.live.off if live.live else ()
    assert (off.base, off.shown) == (1, 1)
    assert off.held == ("model.shop.prices", "model.shop.summary")
    assert off.hidden == ("model.shop.discounts",)
    live.switch(on=["pricing"])
    assert live.seen == before
    assert live.live is not None
    assert (live.live.off, live.live.withheld) == ((), ())
    live.switch(off=["pricing"])
    assert live.codes == OFF
    assert live.states() == ["superseded", "superseded", "superseded", "superseded", "live"]
    live.assert_consistent()


def test_a_switch_builds_nothing_and_is_one_publish(live: Stage) -> None:
    opened, tables = len(live.versions), set(live.store.contents.relations)
    planned = live.switch(off=["pricing"])
    assert len(live.versions) == opened
    assert set(live.store.contents.relations) == tables - {pointer("discounts")}
    assert live.kinds[-2:] == ["built", "published"]
    assert {str(move.pointer) for move in planned.plan.moves} == {
        "gold.prices",
        "gold.discounts",
        "gold.summary",
    }
    release = live.live
    assert release is not None
    assert (release.kind, release.number, release.base) == (ReleaseKind.FLAG, 3, 2)
    assert release.commit == live.history.releases[2].commit
    assert {node.unique_id: node.relation for node in release.made} == {
        "seed.shop.raw": versioned("raw", 1),
        "model.shop.orders": versioned("orders", 1),
        "model.shop.prices": versioned("prices", 2),
        "model.shop.discounts": versioned("discounts", 2),
        "model.shop.summary": versioned("summary", 2),
    }


def test_deploys_and_refreshes_keep_it_off(live: Stage) -> None:
    live.switch(off=["pricing"])
    newer = {
        **AFTER,
        "orders": Model("o3", parents=("raw",)),
        "discounts": Model("d3", parents=("prices",)),
    }
    live.deploy(newer, accepted=GATE)
    assert live.codes == {**OFF, "gold.orders": "o3"}
    assert live.versions[-1].built == ["orders", "discounts", "summary"]
    live.refresh(newer)
    assert live.codes == {**OFF, "gold.orders": "o3"}
    assert live.versions[-1].built == ["orders", "prices", "discounts", "summary"]
    live.deploy(newer)
    assert live.history.live is not None
    assert live.history.live.number == 5
    live.switch(on=["pricing"])
    assert live.codes == {**ON, "gold.orders": "o3", "gold.discounts": "d3"}
    # summary was built from what is shown now.
    assert live.seen["gold.summary"] == (("summary", "s2", "o3+p2+d3"),)
    live.assert_consistent()


def test_a_release_that_is_taken_over_keeps_it_off(live: Stage) -> None:
    live.switch(off=["pricing"])
    changed = {**AFTER, "orders": Model("o3", parents=("raw",))}
    live.deploy(changed)
    deployed = live.deploy(AFTER)
    assert deployed.reused == 3
    assert live.codes == OFF
    live.switch(on=["pricing"])
    assert live.codes == ON
    live.assert_consistent()


def test_a_flag_that_is_off_before_its_feature_comes_keeps_it_dark(stage: Stage) -> None:
    stage.flags = (Flag("discounts", "discounts+"),)
    stage.deploy({**BEFORE, "orders": Model("o0", parents=("raw",))})
    stage.deploy(BEFORE)
    planned = stage.switch(off=["discounts"])
    assert not planned.plan.moves
    stage.deploy(AFTER)
    # Everything but the feature and what reads it is there; prices is no model of the flag.
    assert stage.codes == {**OFF, "gold.prices": "p2"}
    (off,) = stage.live.off if stage.live else ()
    assert (off.base, off.hidden) == (3, ("model.shop.discounts",))
    stage.switch(on=["discounts"])
    assert stage.codes == ON


def test_the_base_is_the_last_that_was_without(live: Stage) -> None:
    """Neither a refresh nor a release that mends the feature is without it."""
    live.refresh(AFTER)
    live.deploy({**AFTER, "prices": Model("p3", parents=("raw",))})
    live.switch(off=["pricing"])
    assert live.codes == OFF


def test_a_release_that_proved_bad_is_passed_over(stage: Stage) -> None:
    stage.flags = (PRICING,)
    stage.deploy({**BEFORE, "orders": Model("o0", parents=("raw",))})
    stage.deploy(BEFORE)
    stage.rollback()
    stage.deploy(AFTER)
    stage.switch(off=["pricing"])
    (off,) = stage.live.off if stage.live else ()
    assert off.base == 1


def test_where_no_release_is_without_it_one_has_to_be_named(stage: Stage) -> None:
    stage.flags = (PRICING,)
    with pytest.raises(NothingLive):
        stage.switch(off=["pricing"])
    stage.deploy(AFTER)
    stage.deploy({**AFTER, "orders": Model("o3", parents=("raw",))})
    with pytest.raises(NoReleaseWithout, match="discounts, prices of flag pricing"):
        stage.switch(off=["pricing"])
    stage.switch(off=["pricing"], to=1)
    assert stage.codes == {**ON, "gold.orders": "o3"}


def test_flags_with_models_in_common_go_back_together(stage: Stage) -> None:
    stage.flags = (Flag("a", "prices"), Flag("b", "orders"))
    stage.deploy(BEFORE)
    first = {**BEFORE, "prices": Model("p2", parents=("raw",))}
    stage.deploy(first)
    stage.deploy({**first, "orders": Model("o3", parents=("raw",))})
    stage.switch(off=["b"])
    assert stage.codes == {**OFF, "gold.prices": "p2"}
    assert stage.seen["gold.summary"] == (("summary", "s1", "o1+p2"),)
    stage.switch(off=["a"])
    # summary reads both: as r2 has it, it was made from the other feature.
    assert stage.codes == OFF
    assert stage.seen["gold.summary"] == (("summary", "s1", "o1+p1"),)
    assert {off.flag: (off.base, off.shown) for off in (stage.live.off if stage.live else ())} == {
        "a": (1, 1),
        "b": (2, 1),
    }
    stage.switch(on=["b"])
    assert stage.codes == {**OFF, "gold.orders": "o3"}
    stage.switch(on=["a"])
    assert stage.seen["gold.summary"] == (("summary", "s1", "o3+p2"),)
    stage.assert_consistent()


def test_what_the_feature_took_away_comes_back(stage: Stage) -> None:
    stage.flags = (Flag("pricing", "prices"),)
    stage.deploy({**BEFORE, "report": Model("r1", parents=("prices",))})
    stage.deploy(AFTER, accepted=GATE)
    assert "gold.report" not in stage.codes
    stage.switch(off=["pricing"])
    assert stage.codes == {**OFF, "gold.report": "r1"}
    stage.switch(on=["pricing"])
    assert stage.codes == ON


def test_what_comes_back_must_have_its_name_for_itself(stage: Stage) -> None:
    stage.flags = (Flag("pricing", "prices"),)
    stage.deploy({**BEFORE, "report": Model("r1", parents=("prices",))})
    taken = Model("x", "seed", resource_type="seed")
    stage.deploy({**AFTER, "report": taken}, accepted=GATE)
    with pytest.raises(FlagsCollide, match=r"gold\.report would be the name of"):
        stage.switch(off=["pricing"])


def test_once_the_feature_is_gone_there_is_nothing_to_hold(live: Stage) -> None:
    live.switch(off=["pricing"])
    without = {"raw": AFTER["raw"], "orders": AFTER["orders"]}
    live.deploy(without, accepted=GATE)
    assert live.codes == codes(raw="raw1", orders="o1")
    (off,) = live.live.off if live.live else ()
    assert (off.held, off.hidden) == ((), ())


def test_what_newly_reads_the_feature_goes_back_with_it(live: Stage) -> None:
    live.switch(off=["pricing"])
    live.deploy({**AFTER, "orders": Model("o3", parents=("raw", "prices"))})
    assert live.codes == OFF
    live.deploy({**AFTER, "extra": Model("e4", parents=("discounts",))})
    assert live.codes == OFF
    live.switch(on=["pricing"])
    assert live.codes == {**ON, "gold.extra": "e4"}


def test_a_rollback_brings_the_whole_release(live: Stage) -> None:
    live.switch(off=["pricing"])
    live.deploy({**AFTER, "orders": Model("o3", parents=("raw",))})
    live.rollback()
    assert live.codes == OFF
    live.rollback(to="r2")
    assert live.codes == ON
    live.rollback(to="r4")
    assert live.codes == {**OFF, "gold.orders": "o3"}
    live.assert_consistent()


def test_prune_keeps_what_flags_go_back_to(live: Stage) -> None:
    live.switch(off=["pricing"])
    for code in ("o4", "o5", "o6"):
        live.deploy({**AFTER, "orders": Model(code, parents=("raw",))})
    live.prune(keep=1)
    verdicts = {each.release: each.reason for each in decide(live.history, Rules(1), clock.now())}
    assert verdicts[1] is Reason.FLAG
    assert Reason.FLAG.fate is Fate.KEPT
    assert live.codes == {**OFF, "gold.orders": "o6"}
    live.deploy({**AFTER, "orders": Model("o7", parents=("raw",))})
    live.switch(on=["pricing"])
    assert live.codes == {**ON, "gold.orders": "o7"}
    live.prune(keep=1)
    assert live.states()[0] == "pruned"


def test_a_flag_whose_tables_are_gone_stops_a_deploy_before_it_builds(live: Stage) -> None:
    live.switch(off=["pricing"])
    del live.store.contents.relations[versioned("summary", 1)]
    with pytest.raises(FlagStuck, match=r"rewind_r1_gold\.summary is gone"):
        live.deploy({**AFTER, "discounts": Model("d3", parents=("prices",))})
    assert live.versions[-1].built == []


def test_a_table_that_was_written_on_in_place_cannot_go_back(stage: Stage) -> None:
    rules = BuildRules(ModelRules(copied=False))
    stage.flags = (Flag("log", "log"),)
    log = Model("l1", "incremental", parents=("raw",))
    stage.deploy({"raw": BEFORE["raw"], "log": log}, rules=rules)
    changed = Model("l2", "incremental", parents=("raw",))
    stage.deploy({"raw": BEFORE["raw"], "log": changed}, rules=rules)
    with pytest.raises(FlagStuck, match="r2 has written on in"):
        stage.switch(off=["log"])


def test_a_failed_deploy_leaves_the_flag_as_it_is(live: Stage) -> None:
    live.switch(off=["pricing"])
    with pytest.raises(BuildFailed):
        live.deploy({**AFTER, "discounts": Model("d3", parents=("prices",), outcome="error")})
    assert live.codes == OFF
    live.switch(on=["pricing"])
    assert live.codes == ON


def test_incremental_models_go_on_from_what_was_withheld(live: Stage) -> None:
    log = Model("l1", "incremental", parents=("discounts",))
    live.deploy({**AFTER, "log": log})
    live.switch(off=["pricing"])
    assert live.codes == OFF
    live.refresh({**AFTER, "log": log})
    live.switch(on=["pricing"])
    assert [row[1] for row in live.seen["gold.log"]] == ["l1", "l1"]


def test_an_eject_gives_back_what_users_see(live: Stage) -> None:
    live.switch(off=["pricing"])
    seen = live.seen
    live.eject()
    assert {name: live.store.rows(pointer(name.split(".")[1])) for name in seen} == seen
    assert pointer("discounts") not in live.store.contents.relations
    live.deploy(AFTER, repair=True)
    assert live.codes == ON


def test_what_users_have_seen_before_comes_back_as_by_a_rollback(live: Stage) -> None:
    assert live.switch(off=["pricing"]).backward
    assert live.switch(on=["pricing"]).backward
    live.switch(off=["pricing"])
    live.refresh(AFTER)
    assert not live.switch(on=["pricing"]).backward


def test_an_edit_of_its_models_shows_nothing_and_may_hide_more(live: Stage) -> None:
    live.switch(off=["pricing"])
    live.flags = (Flag("pricing", "orders"),)
    changed = {**AFTER, "orders": Model("o3", parents=("raw",))}
    live.deploy(changed)
    assert live.codes == OFF
    live.flags = ()
    live.refresh(changed)
    assert live.codes == OFF
    live.flags = (Flag("pricing", "orders"),)
    live.switch(off=["pricing"], to=1)
    assert live.codes == {**ON, "gold.orders": "o1", "gold.summary": "s1"}
    live.assert_consistent()


@pytest.mark.parametrize(
    "when", ["before built", "after built", "before published", "after published"]
)
def test_a_switch_that_is_killed_is_wholly_done_or_not(live: Stage, when: str) -> None:
    with pytest.raises(WarehouseFailed):
        live.switch(off=["pricing"], fault=killed_at(when), killed=True)
    done = when == "after published"
    assert live.codes == (OFF if done else ON)
    live.recover()
    assert live.codes == (OFF if done else ON)
    live.assert_consistent()
    live.switch(on=["pricing"]) if done else live.switch(off=["pricing"])
    assert live.codes == (ON if done else OFF)
