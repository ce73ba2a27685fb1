"""The trigger `tests`: what dbt said at the build, and what it says now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.dbt.artifacts import manifest, node, result, results
from tests.unit.engine.double import Model
from tests.unit.engine.stage import Stage
from tests.unit.procedures.triggers.subject import found, looked, subject, workspace

from dbt_rewind.config.triggers import TestsTrigger
from dbt_rewind.errors import ProjectUnusable
from dbt_rewind.model import Severity
from dbt_rewind.procedures.triggers.all import Extent, all_triggers
from dbt_rewind.procedures.triggers.failed_tests import findings_of, severity_of
from dbt_rewind.procedures.triggers.tests_at_build import TestsAtBuild
from dbt_rewind.procedures.triggers.tests_now import TestsNow
from dbt_rewind.warehouse.memory import CAPABILITIES

SETTINGS = TestsTrigger()
PROJECT = {
    "customers": Model("c1", tests=("pass", "warn")),
    "orders": Model("o1", tests=("pass",)),
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.deploy(PROJECT)
    return stage


def test_a_warning_at_the_build_is_low(stage: Stage) -> None:
    with subject(stage) as opened:
        (seen,) = looked(TestsAtBuild(SETTINGS), opened)
    assert seen.seen == "2 passed, 1 warned, 0 failed"
    (finding,) = seen.findings
    assert finding.severity is Severity.LOW
    assert finding.subject == "test.shop.customers_1_warn"
    assert finding.what == "the test customers_1_warn warns"
    assert finding.release == 1
    assert "Got 1 result, configured to warn if != 0" in finding.evidence


def test_what_was_not_built_again_still_warns_and_what_was_mended_does_not(stage: Stage) -> None:
    stage.deploy({**PROJECT, "orders": Model("o2", tests=("pass",))})
    with subject(stage) as opened:
        (finding,) = found(TestsAtBuild(SETTINGS), opened)
        assert (finding.subject, finding.release) == ("test.shop.customers_1_warn", 2)
    stage.deploy({**PROJECT, "customers": Model("c2", tests=("pass", "pass"))})
    with subject(stage) as opened:
        assert found(TestsAtBuild(SETTINGS), opened) == ()
    stage.rollback("r1")
    with subject(stage) as opened:
        assert [each.release for each in found(TestsAtBuild(SETTINGS), opened)] == [1]


def test_a_release_that_never_went_live_is_nobodys_trouble(stage: Stage) -> None:
    stage.deploy({"orders": Model("o2", tests=("pass",))}, accepted=("vanished",))
    with pytest.raises(Exception, match="r3"):
        stage.deploy({"orders": Model("o3", tests=("fail",))})
    with subject(stage) as opened:
        (seen,) = looked(TestsAtBuild(SETTINGS), opened)
    assert (seen.seen, seen.findings) == ("1 passed, 0 warned, 0 failed", ())


def test_no_results_are_no_finding(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plain_build(PROJECT)
    stage.adopt(PROJECT)
    with subject(stage) as opened:
        (seen,) = looked(TestsAtBuild(SETTINGS), opened)
    assert (seen.seen, seen.findings, seen.unseen) == ("no test has run for r1", (), None)


def test_what_fails_now_is_found_now(stage: Stage) -> None:
    broken = {**PROJECT, "orders": Model("o1", tests=("fail",))}
    with subject(stage, code=broken) as opened:
        (seen,) = looked(TestsNow(SETTINGS), opened)
    assert seen.seen == "1 passed, 1 warned, 1 failed"
    assert [(each.subject, each.severity.value) for each in seen.findings] == [
        ("test.shop.customers_1_warn", "low"),
        ("test.shop.orders_0_fail", "high"),
    ]


def test_a_test_that_dbt_skipped_is_unseen(stage: Stage) -> None:
    skipping = {**PROJECT, "orders": Model("o1", tests=("skipped",))}
    with subject(stage, code=skipping) as opened:
        _, seen = looked(TestsNow(SETTINGS), opened)
    assert (seen.name, seen.unseen) == ("test.shop.orders_0_skipped", "dbt skipped the test")


def test_a_dbt_that_cannot_begin_is_unseen_and_the_warehouse_is_there_again(stage: Stage) -> None:
    def refuse(step: str) -> None:
        raise ProjectUnusable(step, "no such package")

    # As DuckDB does it: its connection is closed while dbt runs.
    stage.capabilities = replace(CAPABILITIES, exclusive=True)
    with subject(stage, hook=refuse) as opened:
        before = opened.reader
        (seen,) = looked(TestsNow(SETTINGS), opened)
        assert opened.reader is not before
        assert opened.reader.events("prod")
    assert seen.unseen is not None
    assert "no such package" in seen.unseen


def test_how_bad_is_said_by_the_worst_tag() -> None:
    settings = TestsTrigger(tags={"critical": "critical", "minor": "medium"}, default="high")
    assert severity_of(("minor", "critical"), settings) is Severity.CRITICAL
    assert severity_of(("minor",), settings) is Severity.MEDIUM
    assert severity_of(("nightly",), settings) is Severity.HIGH


def test_a_finding_says_how_many_rows_and_how_many_are_allowed() -> None:
    limits = {"error_if": "> 5", "warn_if": "!= 0"}
    test = node("no_gaps", resource_type="test", tags=["critical"])
    test["config"] = {"materialized": "test", **limits}
    known = manifest(test)
    failed = results(result("test.shop.no_gaps", "fail", failures=1234, message="Got 1234"))
    warned = results(result("test.shop.no_gaps", "warn", failures=3))
    broken = results(result("test.shop.no_gaps", "error", message="no such column"))
    (finding,) = findings_of(failed, known, SETTINGS, 7)
    assert (finding.severity, finding.release) == (Severity.CRITICAL, 7)
    assert (finding.measured, finding.threshold) == ("1,234 failing rows", "fails if > 5")
    assert finding.evidence == (
        "Got 1234",
        "the test is in models/no_gaps.sql",
        "its tags are critical",
    )
    (finding,) = findings_of(warned, known, SETTINGS, 7)
    assert (finding.severity, finding.threshold) == (Severity.LOW, "warns if != 0")
    (finding,) = findings_of(broken, known, SETTINGS, 7)
    assert (finding.severity, finding.measured) == (Severity.CRITICAL, "error")


def test_the_extent_says_when_tests_run(stage: Stage) -> None:
    settings = workspace(stage).config.triggers
    assert TestsAtBuild(settings.tests) in all_triggers(settings, Extent())
    assert TestsNow(settings.tests) in all_triggers(settings, Extent(tests=True))
