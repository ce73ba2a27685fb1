"""Stateful nodes that are written in place: what is said, and what is never dropped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.engine.double import Model, pointer, versioned
from tests.unit.engine.releases import Chain, node, release
from tests.unit.engine.stage import Stage, killed_at

from dbt_rewind.engine.checkpoint import bytes_words
from dbt_rewind.engine.history import Overwrite
from dbt_rewind.engine.plan import CloneRelation
from dbt_rewind.engine.rules import ModelRules, Rules
from dbt_rewind.engine.undoing import inexact_after, inexact_release
from dbt_rewind.errors import BuildFailed, WarehouseFailed
from dbt_rewind.procedures.verify import CheckStatus, check_rows

IN_PLACE = Rules(models={"log": ModelRules(copied=False)})


def project(code: str, **more: Model) -> dict[str, Model]:
    return {"log": Model(code, "incremental"), "orders": Model(code), **more}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.deploy(project("1"), rules=IN_PLACE)
    return stage


def test_it_goes_on_where_it_is_and_nothing_is_copied(stage: Stage) -> None:
    deployed = stage.deploy(project("2"), rules=IN_PLACE)
    assert deployed.plan is not None
    assert not any(isinstance(step, CloneRelation) for step in deployed.plan.steps)
    log = next(node for node in deployed.release.nodes if node.unique_id == "model.shop.log")
    assert (log.relation, log.in_place) == (versioned("log", 1), "checkpoint: none")
    assert [row[1] for row in stage.seen["gold.log"]] == ["1", "2"]
    assert [str(each.pointer) for each in inexact_after(deployed.plan)] == ["gold.log"]
    stage.assert_consistent()


def test_a_rollback_says_that_it_is_not_exact(stage: Stage) -> None:
    stage.deploy(project("2"), rules=IN_PLACE)
    planned = stage.rollback()
    assert [(str(each.pointer), each.reason) for each in planned.inexact] == [
        ("gold.log", "r2 wrote on in it (checkpoint: none)")
    ]
    assert [row[1] for row in stage.seen["gold.log"]] == ["1", "2"]
    assert stage.codes["gold.orders"] == "1"
    live = stage.live
    assert live is not None
    overwritten = {each.relation for each in stage.history.overwritten(live)}
    check = check_rows(stage.connect(), live, overwritten)
    assert check.status is CheckStatus.PASSED
    assert "1 written on since by a later release" in check.evidence
    assert check_rows(stage.connect(), live).status is CheckStatus.FAILED
    stage.rollback("r2")
    assert inexact_release(stage.history, stage.live or live) == ()
    stage.assert_consistent()


def test_who_reuses_what_was_written_on_knows_no_figures_of_it(stage: Stage) -> None:
    stage.deploy(project("2"), rules=IN_PLACE)
    stage.rollback()

    def assert_unknown(number: int) -> None:
        live = stage.live
        assert live is not None
        (log,) = [each for each in live.nodes if each.unique_id == "model.shop.log"]
        assert (live.number, log.relation) == (number, versioned("log", 1))
        assert (log.rows, log.fingerprint) == (None, None)
        # Not a failure, as it was where the older figures were taken over.
        assert check_rows(stage.connect(), live).status is CheckStatus.SKIPPED

    stage.deploy({**project("1"), "orders": Model("3")}, rules=IN_PLACE)
    assert_unknown(3)
    assert stage.deploy(project("1"), rules=IN_PLACE).reused == 1
    assert_unknown(4)


def test_an_undo_never_drops_what_earlier_releases_have(stage: Stage) -> None:
    """Invariant 7, also for a table that an undone build has written on in."""
    with pytest.raises(BuildFailed):
        stage.deploy(project("2", bad=Model("1", outcome="error")), rules=IN_PLACE)
    with pytest.raises(WarehouseFailed):
        stage.deploy(project("3"), rules=IN_PLACE, fault=killed_at("before published"), killed=True)
    stage.recover()
    assert stage.store.rows(versioned("log", 1))
    live = stage.live
    assert live is not None
    assert live.number == 1
    assert inexact_release(stage.history, live)
    stage.assert_consistent()


def test_a_size_limit_has_large_tables_written_in_place(stage: Stage) -> None:
    small, large = Rules(copy_limit=1_000_000), Rules(copy_limit=3)
    copied = stage.deploy(project("2"), rules=small).release
    assert all(node.in_place is None for node in copied.nodes)
    kept = stage.deploy(project("3"), rules=large).release
    (log,) = [node for node in kept.nodes if node.in_place]
    assert log.in_place is not None
    assert "over the limit of 3 B" in log.in_place


def test_a_full_refresh_or_another_name_needs_a_table_of_its_own(stage: Stage) -> None:
    stage.refresh(project("1"), rules=IN_PLACE, full_refresh=True)
    assert stage.pointers[next(n for n in stage.pointers if n.name == "log")] == versioned("log", 2)
    moved = {**project("1"), "log": Model("1", "incremental", schema="silver")}
    stage.deploy(moved, rules=IN_PLACE, accepted=["vanished"])
    assert versioned("log", 3, "silver") in stage.pointers.values()
    stage.rollback()
    assert [row[1] for row in stage.seen["gold.log"]] == ["1"]


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (20_500_000_000, "20.5 GB"), (10**13, "10 TB")],
)
def test_sizes_are_written_in_their_largest_unit(size: int, words: str) -> None:
    assert bytes_words(size) == words


def test_an_adopted_table_that_was_written_on_is_not_exact() -> None:
    """Its release knows it behind a view."""
    storage = pointer("log__r1")
    made = release(1, node("log", 1, storage=storage))
    written = Overwrite(storage, "model.shop.log", 2, "checkpoint: none")
    history = replace(Chain().deployed(1).history, overwrites=(written,))
    assert history.overwritten(made) == (written,)
    assert [str(each.pointer) for each in inexact_release(history, made)] == ["gold.log"]
