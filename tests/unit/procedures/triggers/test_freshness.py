"""The trigger `freshness`: what dbt says of the age of sources."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.engine.double import FakeVersion, Model
from tests.unit.engine.stage import Stage
from tests.unit.procedures.triggers.subject import looked, subject, workspace

from dbt_rewind.dbt.freshness import SourceAge
from dbt_rewind.dbt.manifest import Manifest
from dbt_rewind.errors import ProjectUnusable
from dbt_rewind.model import Observation, Severity, Trigger
from dbt_rewind.procedures.triggers.all import Extent, all_triggers
from dbt_rewind.procedures.triggers.freshness import Freshness
from dbt_rewind.procedures.triggers.subject import Subject
from dbt_rewind.warehouse.memory import CAPABILITIES

ORDERS, PRICES = "source.shop.raw.orders", "source.shop.raw.prices"
LIMITS = {"warn": "12 hours", "error": "1 day"}
NEWEST = "2026-03-01T12:00:00+00:00"
HOUR = 3600.0


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.deploy({"orders": Model("o1")})
    return stage


@contextmanager
def sourced(stage: Stage, *names: str) -> Iterator[Subject]:
    """The live release's project says of these sources how old they may be."""
    freshness = {"warn_after": {"count": 12, "period": "hour"}}
    with subject(stage) as opened:
        sources = {
            f"source.shop.raw.{name}": {"source_name": "raw", "name": name, "freshness": freshness}
            for name in names
        }
        opened.__dict__["manifest"] = Manifest({**opened.manifest.data, "sources": sources})
        yield opened


def asked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, *ages: SourceAge
) -> tuple[Observation, ...]:
    monkeypatch.setattr(FakeVersion, "freshness", lambda self: ages)
    with sourced(stage, "orders", "prices") as opened:
        return looked(Freshness(), opened)


def age(unique_id: str, status: str, hours: float) -> SourceAge:
    return SourceAge(unique_id, status, hours * HOUR, NEWEST, LIMITS)


def test_all_are_fresh(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    (seen,) = asked(stage, monkeypatch, age(ORDERS, "pass", 1), age(PRICES, "pass", 2))
    assert (seen.name, seen.findings, seen.unseen) == ("source freshness", (), None)
    assert seen.seen == "2 of 2 fresh, none too old"


@pytest.mark.parametrize(
    ("status", "hours", "severity", "measured", "threshold"),
    [
        ("error", 72, Severity.HIGH, "3 days", "errors after 1 day"),
        ("warn", 13.25, Severity.LOW, "13.2 h", "warns after 12 hours"),
        ("warn", 0.5, Severity.LOW, "30 min", "warns after 12 hours"),
    ],
)
def test_a_source_that_is_too_old(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    hours: float,
    severity: Severity,
    measured: str,
    threshold: str,
) -> None:
    (seen,) = asked(stage, monkeypatch, age(ORDERS, status, hours), age(PRICES, "pass", 1))
    assert seen.seen == "1 of 2 fresh, 1 too old"
    (finding,) = seen.findings
    assert (finding.trigger, finding.severity) == (Trigger.FRESHNESS, severity)
    assert (finding.subject, finding.release) == (ORDERS, 1)
    assert finding.what == "the source raw.orders is older than it may be"
    assert (finding.measured, finding.threshold) == (measured, threshold)
    assert finding.evidence == (f"its newest row is of {NEWEST}",)
    assert finding.remedy == "see to what loads it: a rollback makes no source newer"


def test_a_source_without_rows(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = SourceAge(ORDERS, "error", None, None, {})
    (seen,) = asked(stage, monkeypatch, empty, age(PRICES, "pass", 1))
    (finding,) = seen.findings
    assert finding.what == "the source raw.orders is empty"
    assert (finding.measured, finding.threshold) == ("no row", "error_after")


def test_what_dbt_could_not_ask_is_unseen(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = SourceAge(ORDERS, "runtime error", problem="Catalog Error:\n  no such table")
    seen, orders, prices = asked(stage, monkeypatch, failed)
    assert (seen.seen, seen.findings) == ("0 of 2 fresh, none too old", ())
    assert (orders.name, orders.unseen) == (
        "freshness of raw.orders",
        "Catalog Error: no such table",
    )
    assert (prices.name, prices.unseen) == ("freshness of raw.prices", "dbt has not looked at it")


def test_without_such_sources_dbt_is_not_started(stage: Stage) -> None:
    def refuse(step: str) -> None:
        raise AssertionError(step)

    with subject(stage, hook=refuse) as opened:
        (seen,) = looked(Freshness(), opened)
    assert (seen.seen, seen.unseen) == ("no source says how old it may be", None)


def test_a_dbt_that_cannot_begin_is_unseen_and_the_warehouse_is_there_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(version: FakeVersion) -> tuple[SourceAge, ...]:
        raise ProjectUnusable("source freshness", "no such package")

    monkeypatch.setattr(FakeVersion, "freshness", refuse)
    stage.capabilities = replace(CAPABILITIES, exclusive=True)
    with sourced(stage, "orders") as opened:
        before = opened.reader
        (seen,) = looked(Freshness(), opened)
        assert opened.reader is not before
        assert opened.reader.events("prod")
    assert seen.unseen == "dbt source freshness failed: no such package"


def test_dbt_asks_where_that_is_asked_for(stage: Stage) -> None:
    settings = workspace(stage).config.triggers
    assert Freshness() in all_triggers(settings, Extent(freshness=True))
    assert Freshness() not in all_triggers(settings, Extent())


def test_no_two_looks_are_of_one_kind(stage: Stage) -> None:
    settings = workspace(stage).config.triggers
    kinds = [type(each) for each in all_triggers(settings, Extent(True, True, True, True))]
    assert len(set(kinds)) == len(kinds)
    assert {each.trigger for each in all_triggers(settings, Extent(True, True, True, True))} == {
        *Trigger
    } - {Trigger.REPORT, Trigger.HEALTH}
