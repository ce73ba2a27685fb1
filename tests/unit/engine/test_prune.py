"""What goes with a release that is dropped, and what must not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.engine.double import Model, pointer, versioned
from tests.unit.engine.releases import Chain, node, release
from tests.unit.engine.stage import Stage, killed_at

from dbt_rewind.engine.history import ReleaseSummary
from dbt_rewind.engine.holdings import Holdings
from dbt_rewind.engine.prune import held_alone
from dbt_rewind.engine.retention import Fate
from dbt_rewind.errors import (
    ArtifactDamaged,
    LeaseLost,
    ReleaseNotRestorable,
    RewindError,
    WarehouseFailed,
)
from dbt_rewind.model import RelationName, Release

FIRST = {
    "customers": Model("c1"),
    "orders": Model("o1"),
    "latest": Model("l1", "view", ("orders",)),
    "log": Model("g1", "incremental"),
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def with_code(code: str, *names: str) -> dict[str, Model]:
    return {**FIRST, **{name: replace(FIRST[name], code=code) for name in names}}


def standing(stage: Stage) -> set[RelationName]:
    return {name for name in stage.store.contents.relations if name.schema.startswith("rewind_")}


def holdings(*releases: Release) -> Holdings:
    """Of releases that were deployed one after the other."""
    chain = Chain()
    for each in releases:
        live = chain.history.live
        chain.started(each).built(each).published(each.number, live.number if live else None)
    by_number = {each.number: each for each in releases}

    def read(summary: ReleaseSummary) -> Release:
        return by_number[summary.number]

    return Holdings(chain.history, read)


def test_a_release_needs_what_its_views_read_and_so_on() -> None:
    table, inner = node("orders", 1, reads=()), node("inner", 1, materialized="view")
    inner = replace(inner, reads=(table.relation,))
    outer = replace(node("outer", 1, materialized="view"), reads=(inner.relation,))
    newer = [node("orders", 2, reads=()), replace(inner, relation=versioned("inner", 2), reads=())]
    found = holdings(release(1, table, inner, outer), release(2, outer, *newer))
    # The view was left as it was, and reads on in what has been replaced.
    assert found.needs(2) == {
        outer.relation,
        inner.relation,
        table.relation,
        *(each.relation for each in newer),
    }


def test_of_a_view_in_an_old_record_anything_may_be_needed() -> None:
    old = [node("orders", 1), node("customers", 1), node("latest", 1, materialized="view")]
    view, *tables = old[2], node("orders", 2, reads=()), node("customers", 2, reads=())
    found = holdings(release(1, *old), release(2, view, *tables))
    assert found.needs(2) == {each.relation for each in (*old, *tables)}
    # A table does not read, whatever its record says of that.
    assert holdings(release(1, *old), release(2, *tables)).needs(2) == {
        each.relation for each in tables
    }


def test_storage_and_what_tests_have_kept_belong_to_a_release() -> None:
    storage, rows = pointer("orders__r1"), versioned("not_null_orders", 1)
    adopted = node("orders", 1, materialized="table", storage=storage)
    found = holdings(release(1, adopted, extras=(rows,)))
    assert found.needs(1) == {adopted.relation, storage, rows}


def test_a_record_is_read_once_and_only_when_needed() -> None:
    found = holdings(release(1), release(2), release(3, node("orders", 3, reads=())))
    asked: list[int] = []
    inner = found.read

    def read(summary: ReleaseSummary) -> Release:
        asked.append(summary.number)
        return inner(summary)

    found.read = read
    found.needs(3)
    found.needs(3)
    assert asked == [3]


def test_what_nothing_else_needs_is_dropped(stage: Stage) -> None:
    stage.deploy(FIRST)
    stage.deploy(with_code("2", "orders"))
    stage.deploy(with_code("3", "orders"))
    before = standing(stage)
    plan = stage.prune()
    assert set(plan.relations) == {versioned("orders", 1), versioned("latest", 1)}
    assert standing(stage) == before - set(plan.relations)
    assert stage.states() == ["pruned", "superseded", "live"]
    assert stage.kinds[-2:] == ["pruning", "pruned"]
    stage.assert_consistent()
    seen = stage.seen
    stage.rollback()
    stage.rollback("r3")
    assert stage.seen == seen
    assert stage.prune().drops == {}
    assert stage.kinds.count("pruned") == 1


def test_a_view_that_was_left_behind_keeps_what_it_reads(stage: Stage) -> None:
    stage.deploy(FIRST)
    for code in "234":
        stage.deploy(with_code(code, "orders"), select=["orders"])
    live = stage.live
    assert live is not None
    assert versioned("orders", 1) not in {each.relation for each in live.nodes}
    stage.prune()
    assert stage.states() == ["pruned", "pruned", "superseded", "live"]
    assert versioned("orders", 1) in standing(stage)
    assert versioned("orders", 2) not in standing(stage)
    assert stage.seen["gold.latest"][0][1] == "o1"
    # When the view is built anew, nothing holds the old table, although r1 is long gone.
    stage.deploy(with_code("4", "orders", "latest"), select=["latest"])
    stage.deploy(with_code("5", "orders", "latest"))
    stage.prune()
    assert versioned("orders", 1) not in standing(stage)
    stage.assert_consistent()


def test_relations_of_failed_releases_go_with_them(stage: Stage) -> None:
    stage.deploy(FIRST)
    bad = {**with_code("2", "customers"), "orders": Model("2", outcome="error")}
    with pytest.raises(RewindError):
        stage.deploy(bad)
    assert versioned("customers", 2) in standing(stage)
    assert stage.prune().drops == {}, "it is kept for a look"
    stage.deploy(with_code("3", "orders"))
    stage.prune()
    assert versioned("customers", 2) not in standing(stage)
    assert stage.states() == ["superseded", "pruned", "live"]


def test_nothing_is_dropped_that_the_ledger_does_not_know(stage: Stage) -> None:
    stage.deploy(FIRST)
    theirs = versioned("theirs", 1)
    stage.store.create_table(theirs, [], [])
    for code in "234":
        stage.deploy(with_code(code, "orders"))
    stage.prune()
    assert theirs in standing(stage)


def test_artifacts_of_pruned_releases_are_forgotten_but_not_their_records(stage: Stage) -> None:
    for code in "1234":
        stage.deploy(with_code(code, "orders"))
    stage.prune()
    reader = stage.connect()
    for event in reader.events("prod"):
        for name, digest in event.payload.get("artifacts", {}).items():
            kept = name == "record" or event.payload["release"] > 2
            found = reader.artifact(digest) is not None
            assert found == (kept or digest in _digests(stage, {3, 4})), (name, event.payload)
    assert stage.history.releases[1].state.value == "pruned"
    stage.rollback()


def _digests(stage: Stage, numbers: set[int]) -> set[str]:
    return {
        digest
        for event in stage.connect().events("prod")
        if event.payload.get("release") in numbers
        for digest in event.payload.get("artifacts", {}).values()
    }


def test_an_unreadable_record_stops_a_prune(stage: Stage) -> None:
    for code in "1234":
        stage.deploy(with_code(code, "orders"))
    before = standing(stage)
    stage.store.change_artifact(stage.history.releases[3].record_digest, b"damaged")
    with pytest.raises(ArtifactDamaged):
        stage.prune()
    assert standing(stage) == before
    assert "pruning" not in stage.kinds


INSTANTS = [
    "before pruning",
    "after pruning",
    "before drop",
    "after drop",
    "after forget",
    "before pruned",
    "after pruned",
]


@pytest.mark.parametrize("when", INSTANTS)
def test_invariant_6_a_killed_prune_is_finished_or_was_not_begun(stage: Stage, when: str) -> None:
    for code in "1234":
        stage.deploy(with_code(code, "orders"))
    seen = stage.seen
    with pytest.raises(WarehouseFailed):
        stage.prune(fault=killed_at(when), killed=True)
    recovery = stage.recover()
    begun = when != "before pruning"
    assert (recovery.finished is not None) == (begun and when != "after pruned")
    assert stage.states()[0] == ("pruned" if begun else "superseded")
    assert (versioned("orders", 1) in standing(stage)) == (not begun)
    assert stage.seen == seen
    stage.assert_consistent()
    stage.prune()
    assert stage.states() == ["pruned", "pruned", "superseded", "live"]


def test_a_drop_that_the_warehouse_refuses_changes_nothing(stage: Stage) -> None:
    for code in "123":
        stage.deploy(with_code(code, "orders"))
    before = standing(stage)

    def refuses(at: str) -> None:
        if at == "before drop":
            raise WarehouseFailed(at, "another table refers to it")

    with pytest.raises(WarehouseFailed):
        stage.prune(fault=refuses)
    assert stage.states() == ["superseded", "superseded", "live"]
    assert standing(stage) == before
    stage.assert_consistent()
    stage.rollback("r1")


def test_a_refusal_keeps_nobody_from_what_comes_after(stage: Stage) -> None:
    from dbt_rewind.engine.site import operating

    for code in "123":
        stage.deploy(with_code(code, "orders"))
    with pytest.raises(WarehouseFailed):
        stage.prune(fault=killed_at("before drop"), killed=True)

    def refuses(at: str) -> None:
        if at == "before drop":
            raise WarehouseFailed(at, "another table refers to it")

    with operating(stage.site(fault=refuses), "rollback") as (_, recovery):
        assert recovery.finished is not None
        assert recovery.refusal is not None
        assert "another table refers to it" in recovery.refusal
    assert stage.states() == ["superseded", "superseded", "live"]
    stage.rollback("r1")
    stage.assert_consistent()


def test_a_stale_process_drops_nothing(stage: Stage) -> None:
    """Another has taken the lease between the mark and the drop."""
    for code in "123":
        stage.deploy(with_code(code, "orders"))

    def overtaken(at: str) -> None:
        if at == "after pruning":
            held = stage.store.contents.leases["prod"][0]
            with stage.store.changing() as draft:
                draft.leases["prod"] = (replace(held, fence=held.fence + 1), True)

    before = standing(stage)
    with pytest.raises(LeaseLost):
        stage.prune(fault=overtaken)
    assert standing(stage) == before


def test_pins(stage: Stage) -> None:
    for code in "1234":
        stage.deploy(with_code(code, "orders"))
    assert stage.pin(1, "the audit's")
    assert not stage.pin(1, "again")
    assert stage.history.pins == {1: "the audit's"}
    seen = stage.seen
    stage.prune()
    assert stage.states() == ["superseded", "pruned", "superseded", "live"]
    stage.rollback("r1")
    stage.rollback("r4")
    assert stage.seen == seen
    assert stage.unpin(1)
    assert not stage.unpin(1)
    with pytest.raises(ReleaseNotRestorable):
        stage.pin(2)
    stage.assert_consistent()


def test_the_space_that_a_release_holds_alone_is_what_its_prune_frees(stage: Stage) -> None:
    for code in "123":
        stage.deploy(with_code(code, "orders"))
    reader, history = stage.connect(), stage.history
    alone = held_alone(reader, history, [1, 2, 3])
    plan = stage.prune()
    assert {v.release for v in plan.verdicts if v.reason.fate is Fate.DROPPED} == {1}
    assert alone[1] == plan.bytes > 0
    assert held_alone(stage.connect(), stage.history, [3]) == {3: alone[3]}
