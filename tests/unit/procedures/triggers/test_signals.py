"""Signals: people's reports, what is asked for, and errors that end one look alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.unit.engine.double import Model
from tests.unit.engine.stage import Stage
from tests.unit.procedures.triggers.subject import found, subject, workspace

from dbt_rewind.errors import NothingLive, WarehouseFailed
from dbt_rewind.model import Observation, Severity, Trigger
from dbt_rewind.procedures.triggers.all import Extent, all_triggers, extent_of, left_out
from dbt_rewind.procedures.triggers.report import Report
from dbt_rewind.procedures.triggers.signal import look_for
from dbt_rewind.procedures.triggers.subject import Subject, open_subject

REPORT = Report("numbers look wrong", Severity.HIGH, "ada")


@dataclass(frozen=True)
class Broken:
    trigger: Trigger = Trigger.DATA
    question: str = "Does it break?"

    def look(self, subject: Subject) -> Iterator[Observation]:
        yield Observation(self.trigger, "first", "seen")
        raise WarehouseFailed("looking", "the disk is gone")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.deploy({"orders": Model("o1")})
    return stage


def test_a_report_is_a_finding_as_bad_as_the_person_says(stage: Stage) -> None:
    with subject(stage) as opened:
        (finding,) = found(REPORT, opened)
    assert (finding.trigger, finding.severity, finding.release) == (Trigger.REPORT, "high", 1)
    assert finding.what == "numbers look wrong"
    assert finding.measured == "high, says ada"


def test_an_error_ends_one_look_and_no_other(stage: Stage) -> None:
    with subject(stage) as opened:
        seen = tuple(look_for((Broken(), REPORT), opened))
    assert [each.name for each in seen] == ["first", "Does it break?", "report"]
    assert seen[1].unseen is not None
    assert "the disk is gone" in seen[1].unseen
    assert seen[1].findings == ()


def test_reports_are_looked_at_with_everything_else(stage: Stage) -> None:
    settings = workspace(stage).config.triggers
    assert REPORT in all_triggers(settings, Extent(), (REPORT,))
    assert REPORT not in all_triggers(settings, Extent())


def test_what_is_left_out_is_named_with_its_setting(stage: Stage) -> None:
    settings = {"triggers": {"tests": {"run": True}, "integrity": {"deep": True}}}
    extent = extent_of(workspace(stage, settings).config.triggers)
    assert extent == Extent(tests=True, integrity=True)
    assert [each.setting for each in left_out(extent)] == [
        "triggers.freshness.run",
        "triggers.security.vulnerabilities",
    ]
    assert len(left_out(Extent())) == 4


def test_where_nothing_is_live_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(NothingLive), open_subject(workspace(Stage(tmp_path))):
        pass
