"""Verify: every answer with what was seen, and nothing counts as checked that was not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.dbt.artifacts import result, results
from tests.unit.engine.double import COLUMNS, Model, pointer, versioned
from tests.unit.engine.stage import Stage

from dbt_rewind.engine.status import BranchDistance
from dbt_rewind.model import Release
from dbt_rewind.procedures.verify import (
    Check,
    CheckStatus,
    SampleQuery,
    Verdict,
    check_code,
    check_fingerprints,
    check_pointers,
    check_query,
    check_rows,
    check_tests,
    check_warehouse,
    relation_kinds,
    verdict,
)
from dbt_rewind.warehouse.memory import MemoryWarehouse
from dbt_rewind.warehouse.memory_store import Row
from dbt_rewind.warehouse.protocol import Answer

PROJECT = {
    "customers": Model("c1"),
    "orders": Model("o1"),
    "staged": Model("1", "view", ("source.shop.raw.orders",)),
}
PASSED, WARNED, FAILED, SKIPPED = CheckStatus


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A healthy live release of three relations, one of which follows its source."""
    stage = Stage(tmp_path)
    stage.deploy(PROJECT)
    return stage


def live(stage: Stage) -> Release:
    found = stage.live
    assert found is not None
    return found


def checked(stage: Stage) -> list[Check]:
    return list(check_warehouse(stage.connect(), live(stage), (), deep=True))


STATUSES = st.sampled_from(CheckStatus)
CHECKS = st.lists(st.builds(Check, st.just("x"), STATUSES, st.just(""), required=st.booleans()))


@given(CHECKS)
def test_one_failure_fails_and_one_gap_leaves_it_open(checks: list[Check]) -> None:
    answer = verdict(checks)
    statuses = {check.status for check in checks}
    gaps = [check for check in checks if check.status is SKIPPED and check.required]
    assert (answer is Verdict.FAILED) == (FAILED in statuses)
    assert (answer is Verdict.VERIFIED) == (FAILED not in statuses and not gaps)


def test_a_warning_is_no_failure() -> None:
    assert verdict([Check("x", WARNED, ""), Check("y", PASSED, "")]) is Verdict.VERIFIED


def test_a_healthy_release_is_verified_back_and_forward(stage: Stage) -> None:
    stage.deploy({**PROJECT, "orders": Model("o2")})
    for to in (None, "r2", "r1"):
        stage.rollback(to)
        checks = checked(stage)
        assert [check.name for check in checks] == ["pointers", "row counts", "fingerprints"]
        assert {check.status for check in checks} == {PASSED}
        assert {check.details for check in checks} == {()}
        assert verdict(checks) is Verdict.VERIFIED
    pointers, rows, fingerprints = checks
    assert pointers.evidence == "3 of 3 names lead where they should"
    assert rows.evidence == "2 of 2 as recorded; 1 view follows its source and has no record"
    assert rows.evidence == fingerprints.evidence


def test_contents_are_compared_only_when_asked(stage: Stage) -> None:
    names = [c.name for c in check_warehouse(stage.connect(), live(stage), (), deep=False)]
    assert names == ["pointers", "row counts"]


def test_a_missing_name_fails(stage: Stage) -> None:
    stage.store.remove(pointer("orders"))
    check = check_pointers(stage.connect(), live(stage))
    assert (check.status, check.evidence) == (FAILED, "2 of 3 names lead where they should")
    assert check.details == ("gold.orders should lead to rewind_r1_gold.orders but is missing",)


def test_a_name_that_leads_elsewhere_fails(stage: Stage) -> None:
    stage.store.create_view(pointer("orders"), versioned("customers", 1))
    (detail,) = check_pointers(stage.connect(), live(stage)).details
    assert detail.endswith("but is leading to rewind_r1_gold.customers")


def test_a_missing_relation_fails_every_check(stage: Stage) -> None:
    stage.store.remove(versioned("orders", 1))
    pointers, rows, fingerprints = checked(stage)
    assert pointers.details == ("rewind_r1_gold.orders is missing",)
    for check in (rows, fingerprints):
        assert check.status is FAILED
        assert check.details == ("gold.orders: rewind_r1_gold.orders is missing",)
        assert check.evidence.startswith("1 of 2 as recorded")


def test_one_name_with_two_faults_counts_once(stage: Stage) -> None:
    for name in (pointer("orders"), versioned("orders", 1)):
        stage.store.remove(name)
    check = check_pointers(stage.connect(), live(stage))
    assert check.evidence == "2 of 3 names lead where they should"
    assert len(check.details) == 2


@pytest.mark.parametrize("rows", [[], [("orders", "o1", "")] * 2])
def test_lost_or_added_rows_fail(stage: Stage, rows: list[Row]) -> None:
    stage.store.change_rows(versioned("orders", 1), rows)
    _, counts, contents = checked(stage)
    expected = (f"gold.orders: {len(rows)} rows, recorded 1",)
    assert (counts.status, counts.details) == (FAILED, expected)
    assert (contents.status, contents.details) == (FAILED, expected)


def test_altered_content_of_equal_length_fails_only_the_deep_check(stage: Stage) -> None:
    stage.store.change_rows(versioned("orders", 1), [("orders", "forged", "")])
    _, counts, contents = checked(stage)
    assert counts.status is PASSED
    assert contents.details == ("gold.orders: content differs from the record",)
    assert contents.status is FAILED


def test_the_order_of_rows_is_no_difference(stage: Stage) -> None:
    rows = [("log", "1", ""), ("log", "2", "")]
    stage.deploy({"log": Model("1", "incremental")}, accepted=["vanished"])
    stage.deploy({"log": Model("2", "incremental")})
    assert list(stage.store.rows(pointer("log"))) == rows
    stage.store.change_rows(versioned("log", 3), rows[::-1])
    assert check_fingerprints(stage.connect(), live(stage)).status is PASSED


def with_fingerprints(release: Release, fingerprint: str | None) -> Release:
    nodes = [
        replace(n, fingerprint=fingerprint) if n.rows is not None else n for n in release.nodes
    ]
    return replace(release, nodes=tuple(nodes))


@pytest.mark.parametrize("fingerprint", ["memory-0:abc", "duckdb-1:abc", "", None])
def test_a_record_of_another_algorithm_was_not_checked(
    stage: Stage, fingerprint: str | None
) -> None:
    release = with_fingerprints(live(stage), fingerprint)
    checks = list(check_warehouse(stage.connect(), release, (), deep=True))
    assert [check.status for check in checks] == [PASSED, PASSED, SKIPPED]
    assert checks[-1].evidence.startswith("0 of 2 as recorded")
    assert "2 were recorded by another version" in checks[-1].evidence
    assert verdict(checks) is Verdict.UNVERIFIED


def test_beside_a_difference_an_unreadable_record_is_no_excuse(stage: Stage) -> None:
    release = live(stage)
    first, *rest = release.nodes
    mixed = replace(release, nodes=(replace(first, fingerprint="old-1:abc"), *rest))
    stage.store.change_rows(versioned("orders", 1), [("orders", "forged", "")])
    check = check_fingerprints(stage.connect(), mixed)
    assert check.status is FAILED
    assert check.evidence.startswith("0 of 2 as recorded")


def test_a_release_without_records_says_so(stage: Stage) -> None:
    release = live(stage)
    views = replace(release, nodes=tuple(n for n in release.nodes if n.follows_sources))
    check = check_rows(stage.connect(), views)
    assert check.evidence == "0 of 0 as recorded; 1 view follows its source and has no record"


SQL = "select count(*) as n from gold.orders"


def query(**fields: object) -> SampleQuery:
    facts: dict[str, object] = {"name": "orders", "sql": SQL, "max_seconds": 60.0, "min_rows": 1}
    return SampleQuery(**{**facts, **fields})  # type: ignore[arg-type]


def test_a_query_that_answers_shows_its_first_row(stage: Stage) -> None:
    stage.store.change_answer(SQL, ["n", "day"], [(3, "monday"), (4, "tuesday")])
    check = check_query(stage.connect(), query())
    assert (check.name, check.status) == ("query: orders", PASSED)
    assert check.evidence.endswith("s (limit 60 s); n = 3, day = monday")


@pytest.mark.parametrize(("rows", "status"), [(0, FAILED), (1, FAILED), (2, PASSED), (9, PASSED)])
def test_too_few_rows_fail(stage: Stage, rows: int, status: CheckStatus) -> None:
    stage.store.change_answer(SQL, ["n"], [(1,)] * rows)
    check = check_query(stage.connect(), query(min_rows=2))
    assert check.status is status
    assert check.evidence.endswith("n = 1" if rows else "no rows")


def test_no_rows_may_be_enough(stage: Stage) -> None:
    stage.store.change_answer(SQL, ["n"], [])
    assert check_query(stage.connect(), query(min_rows=0)).status is PASSED


def test_enough_rows_are_asked_for(stage: Stage) -> None:
    stage.store.change_answer(SQL, ["n"], [(1,)] * 50)
    assert check_query(stage.connect(), query(min_rows=50)).status is PASSED


class Slow(MemoryWarehouse):
    def query(self, sql: str, *, limit: int) -> Answer:
        return replace(super().query(sql, limit=limit), seconds=1.25)


@pytest.mark.parametrize(("limit", "status"), [(1.0, FAILED), (1.25, PASSED)])
def test_a_slow_query_fails_with_its_time(stage: Stage, limit: float, status: CheckStatus) -> None:
    stage.store.change_answer(SQL, ["n"], [(3,)])
    check = check_query(Slow(stage.store), query(max_seconds=limit))
    assert (check.status, check.seconds) == (status, 1.25)
    assert check.evidence == f"1.250 s (limit {limit:g} s); n = 3"


def test_a_query_that_the_warehouse_refuses_fails_with_its_words(stage: Stage) -> None:
    check = check_query(stage.connect(), query(sql="select nonsense"))
    assert check.status is FAILED
    assert "only SELECT * FROM" in check.evidence


def test_all_queries_are_run_also_after_a_failure(stage: Stage) -> None:
    stage.store.create_table(pointer("extra"), COLUMNS, [("a", "b", "c")])
    queries = [query(name="bad", sql="no"), query(name="good", sql="select * from gold.extra")]
    checks = list(check_warehouse(stage.connect(), live(stage), queries, deep=False))
    assert [(c.name, c.status) for c in checks[2:]] == [
        ("query: bad", FAILED),
        ("query: good", PASSED),
    ]


@pytest.mark.parametrize(
    ("outcomes", "status", "evidence"),
    [
        (["pass", "pass"], PASSED, "2 passed, 0 warned, 0 failed"),
        (["pass", "warn"], WARNED, "1 passed, 1 warned, 0 failed"),
        (["pass", "warn", "fail"], FAILED, "1 passed, 1 warned, 1 failed"),
        (["error"], FAILED, "0 passed, 0 warned, 1 failed"),
        (["pass", "skipped"], SKIPPED, "1 passed, 0 warned, 0 failed, 1 skipped"),
        (["fail", "skipped"], FAILED, "0 passed, 0 warned, 1 failed, 1 skipped"),
        ([], SKIPPED, "the selection names no test"),
    ],
)
def test_dbts_tests(outcomes: list[str], status: CheckStatus, evidence: str) -> None:
    ran = results(*(result(f"test.shop.t{n}", outcome) for n, outcome in enumerate(outcomes)))
    check = check_tests(ran, 2.5)
    assert (check.status, check.evidence, check.seconds) == (status, evidence, 2.5)
    assert len(check.details) == sum(outcome != "pass" for outcome in outcomes)


def test_a_failed_test_is_named_with_dbts_message() -> None:
    ran = results(
        result("test.shop.bad", "fail", message="Got 3 results"),
        result("test.shop.left", "skipped"),
    )
    assert check_tests(ran, 0).details == (
        "test.shop.bad: Got 3 results",
        "test.shop.left: skipped",
    )


SHA = "abcdef0123456789"


@pytest.mark.parametrize(
    ("distance", "status", "evidence"),
    [
        (None, PASSED, "r1 is commit "),
        (BranchDistance("main", SHA, 0, True), PASSED, ", the project as on main"),
        (BranchDistance("main", SHA, 3, True), PASSED, ", the project as on main"),
        (BranchDistance("main", SHA, 3, False), WARNED, "; main has 3 newer commits, not deployed"),
        (BranchDistance("main", SHA, None, False), WARNED, "main has an unknown number of newer"),
    ],
)
def test_which_code_is_live(
    stage: Stage, distance: BranchDistance | None, status: CheckStatus, evidence: str
) -> None:
    summary = stage.history.live
    assert summary is not None
    check = check_code(summary, distance)
    assert check.status is status
    assert evidence in check.evidence
    assert f"r1 is commit {summary.commit.sha[:10]}" in check.evidence


def test_the_kinds_of_relations_for_a_report(stage: Stage) -> None:
    assert relation_kinds(stage.connect(), live(stage)) == {
        pointer("customers"): "table",
        pointer("orders"): "table",
        pointer("staged"): "view",
    }
