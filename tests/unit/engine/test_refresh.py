"""A refresh: the live code again, as a release of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.engine.double import Model, manifest_of
from tests.unit.engine.releases import node, release
from tests.unit.engine.stage import Stage

from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.engine.plan import CloneRelation
from dbt_rewind.engine.refresh_selection import covering
from dbt_rewind.engine.undoing import inexact_release
from dbt_rewind.errors import BuildFailed, NothingLive
from dbt_rewind.model import ReleaseKind

SOURCE = "source.shop.raw.orders"
PROJECT = {
    "countries": Model("1", "seed", resource_type="seed"),
    "staged": Model("1", "view", (SOURCE,)),
    "inner": Model("1", "ephemeral", (SOURCE,)),
    "log": Model("1", "incremental", ("inner",)),
    "orders": Model("1", parents=("log",), tests=("pass",)),
    "latest": Model("1", "view", ("orders",)),
    "newest": Model("1", "view", ("latest",)),
    "seen": Model("1", "snapshot", (SOURCE,), resource_type="snapshot"),
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.deploy(PROJECT)
    return stage


def rows_of(stage: Stage, name: str) -> int:
    return len(stage.seen[name])


def built(stage: Stage) -> list[str]:
    return sorted(stage.versions[-1].built)


def test_stored_nodes_and_the_views_on_them_are_built(stage: Stage) -> None:
    first = stage.seen
    refreshed = stage.refresh(PROJECT)
    assert built(stage) == ["latest", "log", "newest", "orders", "seen"]
    assert refreshed.release.kind is ReleaseKind.REFRESH
    assert refreshed.release.commit == stage.history.releases[1].commit
    assert refreshed.release.tests.passed == 1
    second = stage.seen
    assert len(second["gold.log"]) == 2
    stage.rollback()
    assert stage.seen == first
    stage.rollback("r2")
    assert stage.seen == second
    stage.assert_consistent()


def test_what_is_not_selected_is_taken_over_except_for_views(stage: Stage) -> None:
    stage.refresh(PROJECT, select=["orders"])
    assert built(stage) == ["latest", "newest", "orders"]
    live = stage.live
    assert live is not None
    held = {each.unique_id: each.built_by for each in live.nodes}
    assert held["model.shop.log"] == 1
    assert held["model.shop.newest"] == 2
    stage.assert_consistent()


def test_a_deploy_of_the_same_code_has_nothing_to_do_after_it(stage: Stage) -> None:
    stage.refresh(PROJECT)
    assert stage.deploy(PROJECT).plan is None
    # And a revert leads to the refreshed data.
    stage.deploy({**PROJECT, "orders": Model("2", parents=("log",))})
    assert stage.deploy(PROJECT).reused == 2


def test_a_full_refresh_begins_incremental_models_anew_and_copies_none(stage: Stage) -> None:
    stage.refresh(PROJECT)
    assert rows_of(stage, "gold.log") == 2
    refreshed = stage.refresh(PROJECT, full_refresh=True)
    assert refreshed.plan is not None
    copied = [each.unique_id for each in refreshed.plan.steps if isinstance(each, CloneRelation)]
    assert copied == ["snapshot.shop.seen"]
    assert rows_of(stage, "gold.log") == 1
    stage.rollback()
    assert rows_of(stage, "gold.log") == 2


def test_nodes_whose_code_waits_stay_as_they_are(stage: Stage) -> None:
    changed = {**PROJECT, "log": Model("2", "incremental", ("inner",))}
    changed["orders"] = Model("2", parents=("log",))
    stage.deploy(changed, select=["orders"])
    waiting = stage.deploy_pending
    assert "model.shop.log" in waiting
    stage.refresh(changed)
    assert "log" not in built(stage)
    assert stage.codes["gold.log"] == "1"
    assert stage.deploy_pending == waiting
    stage.deploy(changed)
    assert stage.codes["gold.log"] == "2"


def test_a_failed_refresh_leaves_users_what_they_saw(stage: Stage) -> None:
    before = stage.seen
    broken = {**PROJECT, "orders": Model("1", parents=("log",), tests=("fail",))}
    with pytest.raises(BuildFailed):
        stage.refresh(broken)
    assert stage.seen == before
    assert stage.states() == ["live", "failed"]


def test_without_a_live_release_there_is_nothing_to_refresh(tmp_path: Path) -> None:
    with pytest.raises(NothingLive):
        Stage(tmp_path).refresh(PROJECT)


def test_selections_go_by_kind_where_all_of_a_kind_are_wanted() -> None:
    manifest = Manifest(manifest_of(PROJECT))
    wanted = {"model.shop.latest", "model.shop.orders", "snapshot.shop.seen"}
    assert covering(manifest, wanted) == (
        "resource_type:model,config.materialized:table",
        manifest.nodes["model.shop.latest"].selector,
        "resource_type:snapshot,config.materialized:snapshot",
    )
    assert covering(manifest, ()) == ()


def test_views_over_sources_are_never_exact(stage: Stage) -> None:
    live = stage.live
    assert live is not None
    assert [str(each.pointer) for each in inexact_release(stage.history, live)] == ["gold.staged"]
    made = release(7, node("orders", 7))
    assert inexact_release(stage.history, made) == ()
