"""Deploys forward, back and forward again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.unit.engine.double import COLUMNS, FakeVersion, Model, pointer, versioned
from tests.unit.engine.releases import Chain
from tests.unit.engine.stage import ENVIRONMENT, Stage

from dbt_rewind.engine.deploy import deploy
from dbt_rewind.engine.ledger import read_artifact, read_release
from dbt_rewind.engine.plan import BuildNodes, CheckGates, CloneRelation, MeasureNodes, Publish
from dbt_rewind.engine.progress import Phase, Progress
from dbt_rewind.engine.ready import equal_release
from dbt_rewind.engine.site import operating
from dbt_rewind.errors import (
    AdoptionRefused,
    BuildFailed,
    CommitQuarantined,
    NameTaken,
    NameTooLong,
    PointerDrifted,
    PointerOccupied,
    ProjectUnusable,
    ReleaseNotRestorable,
)
from dbt_rewind.model import Origin, TestSummary

PROJECT = {
    "customers": Model("c1", tests=("pass",)),
    "orders": Model("o1", tests=("pass", "pass")),
    "summary": Model("s1", parents=("customers", "orders")),
}
CHANGED = {**PROJECT, "summary": Model("s2", parents=("customers", "orders"), tests=("pass",))}


def opened(stage: Stage) -> FakeVersion:
    return stage.versions[-1]


def test_the_first_deploy_builds_all_and_makes_it_live(stage: Stage) -> None:
    deployed = stage.deploy(PROJECT, tags=["v1"])
    assert (deployed.release.number, deployed.previous, deployed.reused) == (1, None, None)
    assert stage.codes == {"gold.customers": "c1", "gold.orders": "o1", "gold.summary": "s1"}
    assert stage.kinds == ["started", "built", "published"]
    assert deployed.release == stage.live
    assert deployed.release.tests == TestSummary(passed=3)
    assert deployed.release.commit.tags == ("v1",)
    assert {node.rows for node in deployed.release.nodes} == {1}
    assert all((node.fingerprint or "").startswith("memory-1:") for node in deployed.release.nodes)
    assert {node.seconds for node in deployed.release.nodes} == {0.25}
    assert opened(stage).closed
    stage.assert_consistent()


def test_a_change_builds_only_what_changed_and_what_depends_on_it(stage: Stage) -> None:
    stage.deploy(PROJECT)
    deployed = stage.deploy({**PROJECT, "orders": Model("o2", tests=("pass", "pass"))})
    assert opened(stage).built == ["orders", "summary"]
    origins = {node.unique_id: (node.origin, node.built_by) for node in deployed.release.nodes}
    assert origins == {
        "model.shop.customers": (Origin.REUSED, 1),
        "model.shop.orders": (Origin.BUILT, 2),
        "model.shop.summary": (Origin.BUILT, 2),
    }
    # summary read the customers that are live, and the orders just built.
    assert stage.seen["gold.summary"] == (("summary", "s1", "c1+o2"),)
    assert deployed.previous == 1
    assert deployed.plan is not None
    assert [str(move.pointer) for move in deployed.plan.moves] == ["gold.orders", "gold.summary"]
    stage.assert_consistent()


def test_forward_back_and_forward_again(stage: Stage) -> None:
    stage.deploy(PROJECT)
    first = stage.seen
    stage.deploy(CHANGED)
    second = stage.seen
    assert first != second
    for to, expected in ((None, first), ("r2", second), ("r1", first), ("r2", second)):
        planned = stage.rollback(to)
        assert [str(move.pointer) for move in planned.plan.moves] == ["gold.summary"]
        assert stage.seen == expected
        stage.assert_consistent()
    assert len(stage.versions) == 2  # a rollback runs no dbt (invariant 9)


def test_a_relation_is_never_written_after_its_publish(stage: Stage) -> None:
    """Invariant 3."""
    stage.deploy(PROJECT)
    held = dict(stage.store.contents.relations)
    stage.deploy(CHANGED)
    stage.rollback()
    stage.deploy({**CHANGED, "orders": Model("o3")})
    for name in (n for n in held if n.schema.startswith("rewind_")):
        assert stage.store.contents.relations[name] is held[name]


def test_a_failed_test_leaves_users_what_they_saw(stage: Stage) -> None:
    """Invariant 8."""
    stage.deploy(PROJECT)
    seen, pointers = stage.seen, stage.pointers
    bad = {**PROJECT, "orders": Model("o2", tests=("pass", "fail"))}
    with pytest.raises(BuildFailed) as raised:
        stage.deploy(bad)
    assert (raised.value.release, raised.value.live) == ("r2", "r1")
    assert [each.unique_id for each in raised.value.failures] == ["test.shop.orders_1_fail"]
    assert (stage.seen, stage.pointers) == (seen, pointers)
    assert stage.states() == ["live", "failed"]
    assert stage.kinds[3:] == ["started", "failed"]
    assert opened(stage).closed
    record = read_release(stage.connect(), stage.history.releases[2])
    (failure,) = record.failures
    assert failure.message == "Got 3 results, configured to fail if != 0"
    assert failure.compiled_sql == "select * from orders where code is null"
    assert failure.file == "models/orders.yml"
    assert record.tests == TestSummary(passed=1, failed=1)
    # What was built is kept for a look.
    assert stage.store.rows(versioned("orders", 2)) == (("orders", "o2", ""),)
    stage.assert_consistent()
    assert stage.deploy(CHANGED).release.number == 3
    assert stage.rollback().target.number == 1
    with pytest.raises(ReleaseNotRestorable):
        stage.rollback("r2")


def test_a_failed_model_skips_what_depends_on_it(stage: Stage) -> None:
    bad = {**PROJECT, "orders": Model("o1", tests=("pass",), outcome="error")}
    with pytest.raises(BuildFailed) as raised:
        stage.deploy(bad)
    assert raised.value.live is None
    assert [each.unique_id for each in raised.value.failures] == ["model.shop.orders"]
    assert opened(stage).built == ["customers", "orders"]
    assert stage.pointers == {}
    assert stage.states() == ["failed"]
    stage.assert_consistent()


def test_a_warning_is_published_and_kept(stage: Stage) -> None:
    release = stage.deploy({"orders": Model("1", tests=("warn", "pass"))}).release
    assert release.tests == TestSummary(passed=1, warned=1)
    (warning,) = release.warnings
    assert warning.status == "warn"
    assert release == stage.live


def test_what_is_live_already_is_left_alone(stage: Stage) -> None:
    stage.deploy(PROJECT)
    before = stage.store.contents.copy()
    request = stage.request(PROJECT)
    with operating(stage.site(), "deploy") as (ledger, _):
        deployed = deploy(ledger, request, lambda _: None)
    assert (deployed.plan, deployed.release.number, deployed.reused) == (None, 1, 1)
    assert deployed.previous == 1
    assert stage.store.contents.events == before.events
    assert stage.store.contents.relations == before.relations
    assert len(stage.versions) == 1


def test_an_equal_project_is_taken_over_without_dbt(stage: Stage) -> None:
    stage.deploy(PROJECT)
    first = stage.seen
    stage.deploy(CHANGED)
    second = stage.seen
    for project, source, expected in (
        (PROJECT, 1, first),
        (CHANGED, 2, second),
        (PROJECT, 3, first),
    ):
        deployed = stage.deploy(project, hook=lambda step: pytest.fail(f"dbt was asked to {step}"))
        assert deployed.reused == source
        assert stage.seen == expected
        assert {node.origin for node in deployed.release.nodes} == {Origin.REUSED}
        assert {node.seconds for node in deployed.release.nodes} == {None}
        assert deployed.release.tests == TestSummary()
        stage.assert_consistent()
    assert stage.kinds[6:8] == ["built", "published"]
    assert stage.states() == ["superseded"] * 4 + ["live"]
    assert len(stage.versions) == 2


def test_a_release_that_was_rolled_back_may_be_taken_over_once_it_is_let_in(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    stage.rollback()
    with pytest.raises(CommitQuarantined):
        stage.deploy(CHANGED)
    stage.let_in(CHANGED)
    assert stage.deploy(CHANGED).reused == 2
    assert stage.codes["gold.summary"] == "s2"
    stage.assert_consistent()


def test_warnings_of_tests_that_were_not_run_are_not_repeated(stage: Stage) -> None:
    warned = {"orders": Model("1", tests=("warn",))}
    stage.deploy(warned)
    stage.deploy({"orders": Model("2", tests=("pass",))})
    release = stage.deploy(warned).release
    assert (release.tests, release.warnings) == (TestSummary(), ())


@pytest.mark.parametrize("options", [{"full": True}, {"select": ["orders"]}])
def test_asking_for_a_build_builds(stage: Stage, options: dict[str, object]) -> None:
    stage.deploy(PROJECT)
    request = stage.request(PROJECT, **options)  # type: ignore[arg-type]
    assert equal_release(stage.history, request) is None


def test_a_failed_release_is_not_taken_over(stage: Stage) -> None:
    stage.deploy(PROJECT)
    flaky = {**PROJECT, "orders": Model("o2", tests=("fail",))}
    for number in (2, 3):
        with pytest.raises(BuildFailed, match=f"r{number} was not published"):
            stage.deploy(flaky)


def test_of_equal_releases_the_newest_is_taken(stage: Stage) -> None:
    history = Chain().deployed(1, build_key="a").deployed(2, build_key="a").deployed(3).history
    request = stage.request(PROJECT)
    equal = equal_release(history, replace(request, build_key="a"))
    assert equal is not None
    assert equal.number == 2
    assert equal_release(history, replace(request, build_key="other")) is None


def test_full_builds_everything(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(PROJECT, full=True)
    assert opened(stage).built == ["customers", "orders", "summary"]
    assert len(set(stage.pointers.values())) == 3
    assert all(target.schema == "rewind_r2_gold" for target in stage.pointers.values())
    stage.rollback()
    stage.assert_consistent()


def test_a_name_that_the_warehouse_would_cut_off_is_refused_first(stage: Stage) -> None:
    project = {"orders": Model("o1")}
    longest = len("rewind_r1_gold")
    stage.capabilities = replace(stage.capabilities, max_identifier=longest - 1)
    with pytest.raises(NameTooLong, match="rewind_r1_gold"):
        stage.deploy(project)
    assert stage.kinds == []
    stage.plain_build(project)
    with pytest.raises(AdoptionRefused) as raised:
        stage.adopt(project)
    assert "the name rewind_r1_gold is longer" in raised.value.problems[0]
    stage.store.remove(pointer("orders"))
    stage.capabilities = replace(stage.capabilities, max_identifier=longest)
    stage.deploy(project)
    stage.assert_consistent()


def test_where_an_equal_releases_relation_is_gone_it_is_built(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    stage.store.remove(versioned("summary", 1))
    deployed = stage.deploy(PROJECT)
    assert (deployed.reused, opened(stage).built) == (None, ["summary"])
    stage.assert_consistent()


def test_a_live_relation_that_is_gone_is_built_again(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.store.remove(versioned("customers", 1))
    stage.deploy({**PROJECT, "orders": Model("o2")})
    assert opened(stage).built == ["customers", "orders", "summary"]
    assert stage.codes["gold.customers"] == "c1"
    stage.assert_consistent()


def test_a_removed_model_loses_its_name_and_gets_it_back(stage: Stage) -> None:
    stage.deploy(PROJECT)
    first = stage.seen
    rest = {"customers": PROJECT["customers"], "orders": PROJECT["orders"]}
    stage.deploy(rest, accepted=["vanished"])
    assert set(stage.seen) == {"gold.customers", "gold.orders"}
    assert opened(stage).built == []
    stage.rollback()
    assert stage.seen == first
    stage.rollback("r2")
    assert set(stage.seen) == {"gold.customers", "gold.orders"}
    stage.assert_consistent()


def test_a_renamed_model_changes_names_both_ways(stage: Stage) -> None:
    stage.deploy({"orders": Model("1")})
    stage.deploy({"sales": Model("1")}, accepted=["vanished"])
    assert stage.codes == {"gold.sales": "1"}
    stage.rollback()
    assert stage.codes == {"gold.orders": "1"}
    stage.rollback("r2")
    assert stage.codes == {"gold.sales": "1"}
    stage.assert_consistent()


def test_a_model_that_changes_schema_moves_its_name(stage: Stage) -> None:
    stage.deploy({"orders": Model("1")})
    stage.deploy({"orders": Model("1", schema="silver")}, accepted=["vanished"])
    assert stage.codes == {"silver.orders": "1"}
    stage.rollback()
    assert stage.codes == {"gold.orders": "1"}
    stage.assert_consistent()


def test_a_stateful_model_continues_on_a_copy(stage: Stage) -> None:
    stage.deploy({"log": Model("1", "incremental")})
    stage.deploy({"log": Model("2", "incremental")})
    assert [row[1] for row in stage.seen["gold.log"]] == ["1", "2"]
    assert [row[1] for row in stage.store.rows(versioned("log", 1))] == ["1"]
    stage.rollback()
    assert [row[1] for row in stage.seen["gold.log"]] == ["1"]
    stage.rollback("r2")
    assert [row[1] for row in stage.seen["gold.log"]] == ["1", "2"]
    # What is continued is what users see, not what was built last.
    stage.rollback("r1")
    stage.deploy({"log": Model("3", "incremental")})
    assert [row[1] for row in stage.seen["gold.log"]] == ["1", "3"]
    stage.assert_consistent()


def test_a_table_or_view_that_becomes_incremental(stage: Stage) -> None:
    stage.deploy({"base": Model("b"), "log": Model("1", "view", ("base",))})
    stage.deploy({"base": Model("b"), "log": Model("2", "incremental", ("base",))})
    assert stage.codes["gold.log"] == "2"
    assert len(stage.seen["gold.log"]) == 1
    stage.rollback()
    stage.assert_consistent()


def test_selected_nodes_are_deployed_and_the_rest_waits(stage: Stage) -> None:
    stage.deploy(PROJECT)
    changed = {
        "customers": Model("c2", tests=("pass",)),
        "orders": Model("o2", tests=("pass", "pass")),
        "summary": PROJECT["summary"],
    }
    partial = stage.deploy(changed, select=["orders+"])
    assert opened(stage).built == ["orders", "summary"]
    assert partial.release.pending == ("model.shop.customers",)
    assert partial.release.build_key == ""
    assert stage.codes == {"gold.customers": "c1", "gold.orders": "o2", "gold.summary": "s1"}
    stage.assert_consistent()

    whole = stage.deploy(changed)
    assert opened(stage).built == ["customers", "summary"]
    assert whole.release.pending == ()
    assert stage.codes == {"gold.customers": "c2", "gold.orders": "o2", "gold.summary": "s1"}
    assert stage.seen["gold.summary"] == (("summary", "s1", "c2+o2"),)
    stage.rollback()
    assert stage.codes["gold.customers"] == "c1"
    stage.assert_consistent()


def test_a_new_model_that_is_not_selected_waits_too(stage: Stage) -> None:
    stage.deploy({"orders": Model("o1")})
    project = {"orders": Model("o2"), "extra": Model("x1")}
    assert stage.deploy(project, select=["orders"]).release.pending == ("model.shop.extra",)
    assert set(stage.seen) == {"gold.orders"}
    stage.deploy(project)
    assert opened(stage).built == ["extra"]
    assert stage.codes == {"gold.orders": "o2", "gold.extra": "x1"}
    stage.assert_consistent()


def test_changed_tests_alone_are_run_before_the_release_counts(stage: Stage) -> None:
    stage.deploy({"orders": Model("1", tests=("pass",))})
    with pytest.raises(BuildFailed):
        stage.deploy({"orders": Model("1", tests=("pass", "fail"))})
    assert opened(stage).built == []
    deployed = stage.deploy({"orders": Model("1", tests=("pass", "pass"))})
    assert deployed.release.tests.passed > 0
    assert deployed.plan is not None
    assert deployed.plan.moves == ()
    stage.assert_consistent()


def test_views_that_follow_sources_have_no_record(stage: Stage) -> None:
    project = {
        "staged": Model("1", "view", ("source.shop.raw.orders",)),
        "orders": Model("1", parents=("source.shop.raw.orders",)),
    }
    release = stage.deploy(project).release
    orders, staged = release.nodes
    assert (orders.follows_sources, orders.rows) == (False, 1)
    assert (staged.follows_sources, staged.rows, staged.fingerprint) == (True, None, None)


def test_the_stored_manifest_names_what_really_holds_each_node(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    live = stage.history.live
    assert live is not None
    stored = json.loads(read_artifact(stage.connect(), live.manifest_digest, "it"))
    schemas = {key: node["schema"] for key, node in stored["nodes"].items() if "schema" in node}
    assert schemas == {
        "model.shop.customers": "rewind_r1_gold",
        "model.shop.orders": "rewind_r1_gold",
        "model.shop.summary": "rewind_r2_gold",
    }


def test_whoever_watches_hears_of_every_part(stage: Stage) -> None:
    stage.deploy({"log": Model("1", "incremental", tests=("pass",))})
    heard: list[Progress] = []
    stage.deploy({"log": Model("2", "incremental", tests=("pass",))}, listener=heard.append)
    kinds = [type(each) for each in heard if not hasattr(each, "finished")]
    assert kinds == [Phase, CloneRelation, BuildNodes, MeasureNodes, CheckGates, Publish]
    assert sum(hasattr(each, "finished") for each in heard) == 2


def test_a_strangers_table_stops_a_deploy_before_it_builds(stage: Stage) -> None:
    stage.store.create_table(pointer("orders"), COLUMNS, [("theirs", "1", "")])
    with pytest.raises(PointerOccupied):
        stage.deploy(PROJECT)
    assert opened(stage).built == []
    assert stage.kinds == []
    assert stage.store.rows(pointer("orders")) == (("theirs", "1", ""),)


def test_a_pointer_that_drifted_stops_deploy_and_rollback(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    stage.store.create_view(pointer("summary"), versioned("orders", 1))
    before = stage.store.contents.copy()
    with pytest.raises(PointerDrifted):
        stage.rollback()
    with pytest.raises(PointerDrifted):
        stage.deploy({**CHANGED, "summary": Model("s3")})
    assert stage.store.contents.relations == before.relations
    assert stage.store.contents.events == before.events


def test_a_rollback_to_a_release_with_a_missing_relation_is_refused(stage: Stage) -> None:
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    stage.store.remove(versioned("summary", 1))
    with pytest.raises(ReleaseNotRestorable, match=r"rewind_r1_gold\.summary no longer exists"):
        stage.rollback()
    assert stage.codes["gold.summary"] == "s2"
    assert stage.connect().lease(ENVIRONMENT) is None


def test_a_project_that_dbt_cannot_read_leaves_no_event(stage: Stage) -> None:
    def hook(step: str) -> None:
        if step == "parse":
            raise ProjectUnusable("parse", "Compilation Error")

    with pytest.raises(ProjectUnusable):
        stage.deploy(PROJECT, hook=hook)
    assert stage.kinds == []
    stage.assert_consistent()


def test_every_node_is_placed_before_anything_is_built(stage: Stage) -> None:
    """Also those that are not built now: none can reach a name that users query (invariant 8)."""
    stage.deploy(PROJECT)
    stage.deploy(CHANGED)
    version = opened(stage)
    assert version.built == ["summary"]
    assert set(version.places.values()) == {versioned(name, 2) for name in PROJECT}


def test_a_versioned_name_that_somebody_else_holds_stops_the_deploy(stage: Stage) -> None:
    taken = versioned("orders", 1)
    stage.store.create_table(taken, COLUMNS, [(7, "theirs")])
    with pytest.raises(NameTaken) as raised:
        stage.deploy({"orders": Model("1")})
    assert raised.value.relation == str(taken)
    assert stage.store.rows(taken) == ((7, "theirs"),)
    assert stage.history.releases == {}
