"""Performance: the build's times and sample queries beside what they took before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.engine import double
from tests.unit.engine.double import Model
from tests.unit.engine.stage import Stage
from tests.unit.procedures.triggers.subject import found, looked, subject

from dbt_rewind.engine.access import Access
from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import Observation, Severity, Trigger
from dbt_rewind.procedures.triggers import query_log
from dbt_rewind.procedures.triggers.all import Extent, all_triggers
from dbt_rewind.procedures.triggers.baseline import Rule
from dbt_rewind.procedures.triggers.node_times import NodeTimes
from dbt_rewind.procedures.triggers.query_log import QueryTime, note_times, query_key, read_times
from dbt_rewind.procedures.triggers.query_times import QueryTimes
from dbt_rewind.warehouse.memory import MemoryWarehouse
from dbt_rewind.warehouse.protocol import Answer

NODES = NodeTimes(Rule(), 20)
QUERIES = QueryTimes(Rule(), 20)
SQL = "select count(*) from gold.orders"
SETTINGS = {"verify": {"queries": [{"name": "orders", "sql": SQL, "max_seconds": 60}]}}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def deploy(stage: Stage, monkeypatch: pytest.MonkeyPatch, seconds: float, *names: str) -> None:
    """A release in which each of the models was changed, and took that long."""
    monkeypatch.setattr(double, "SECONDS", seconds)
    changed = len(stage.history.releases)
    stage.deploy({name: Model(f"{name} {changed}") for name in names or ("orders",)})


def node_times(stage: Stage, signal: NodeTimes = NODES) -> Observation:
    with subject(stage) as opened:
        (seen,) = looked(signal, opened)
    assert seen.unseen is None
    return seen


def test_a_model_that_takes_twice_as_long(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds in (10, 10.5, 9.8, 10.2, 10, 21):
        deploy(stage, monkeypatch, seconds)
    seen = node_times(stage)
    assert seen.seen == "1 of 1 compared: 1 slower"
    (finding,) = seen.findings
    assert (finding.trigger, finding.severity) == (Trigger.PERFORMANCE, Severity.MEDIUM)
    assert (finding.subject, finding.release) == ("model.shop.orders", 6)
    assert finding.what == "model.shop.orders takes 110 % longer than usual"
    assert (finding.measured, finding.threshold) == ("21.00 s", "15.00 s")
    assert finding.evidence == ("usually 10.00 s, the median of 5 earlier builds",)


def test_a_build_that_takes_twice_as_long_as_a_whole(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = tuple(f"m{number}" for number in range(6))
    for seconds in (10, 10.5, 9.8, 10.2, 10, 21):
        deploy(stage, monkeypatch, seconds, *names)
    (finding,) = node_times(stage).findings
    assert finding.what == "the build of 6 nodes as a whole takes 110 % longer than usual"
    assert (finding.subject, finding.measured) == ("the build", "126.00 s")


def test_too_few_earlier_builds_say_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds in (10, 10, 10, 10, 500):
        deploy(stage, monkeypatch, seconds)
    seen = node_times(stage)
    assert seen.findings == ()
    assert seen.seen == "no model has 5 earlier times to compare with yet"
    assert node_times(stage, NodeTimes(Rule(samples=4), 20)).findings != ()


def test_missing_times_say_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds in (0, 0, 0, 0, 0, 500):
        deploy(stage, monkeypatch, seconds)
    assert node_times(stage).findings == ()
    deploy(stage, monkeypatch, 0)
    assert node_times(stage).seen == "r7 has built nothing"


def test_what_failed_or_was_rolled_back_is_no_measure(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in (10, 10, 10, 10, 500):
        deploy(stage, monkeypatch, seconds)
    stage.rollback()
    deploy(stage, monkeypatch, 500)
    assert node_times(stage).seen == "no model has 5 earlier times to compare with yet"


def test_only_the_last_builds_are_compared(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds in (1, 1, 1, 1, 10, 10, 10, 10, 10, 12):
        deploy(stage, monkeypatch, seconds)
    assert node_times(stage, NodeTimes(Rule(), 5)).findings == ()


class Timed(MemoryWarehouse):
    """A warehouse whose answers take what `seconds` says, one after the other."""

    seconds: Iterator[float] = iter(())
    asked = 0

    def query(self, sql: str, *, limit: int) -> Answer:
        self.asked += 1
        took = next(self.seconds)
        if took < 0:
            raise WarehouseFailed("the query", "it does not parse")
        return Answer(("n",), ((1,),), took)


def timed(stage: Stage, *seconds: float) -> tuple[tuple[Observation, ...], int]:
    """What is seen where the answers take that long, and how often was asked."""
    warehouse = Timed(stage.store)
    warehouse.seconds = iter(seconds)
    with subject(stage, SETTINGS) as opened:
        seen = looked(QUERIES, replace(opened, access=Access(lambda: warehouse)))
    return seen, warehouse.asked


def released(stage: Stage, *earlier: float) -> Path:
    """Two releases, and what the query took while the first was live."""
    for code in ("o1", "o2"):
        stage.deploy({"orders": Model(code)})
    file = stage.folder / ".rewind" / "prod.query-times.jsonl"
    note_times(file, [QueryTime(query_key(SQL), 1, seconds) for seconds in earlier])
    return file


def test_a_query_that_is_as_fast_as_ever(stage: Stage) -> None:
    file = released(stage, 1, 1.1, 0.9, 1, 1)
    (seen,), asked = timed(stage, 1.2)
    assert (seen.findings, seen.unseen, asked) == ((), None, 1)
    assert seen.seen == "1.20 s, beside 5 earlier times"
    assert read_times(file)[-1] == QueryTime(query_key(SQL), 2, 1.2)


def test_a_query_that_takes_twice_as_long(stage: Stage) -> None:
    released(stage, 1, 1.1, 0.9, 1, 1)
    (seen,), asked = timed(stage, 2.5, 2.2, 2.4)
    assert asked == 3
    (finding,) = seen.findings
    assert (finding.subject, finding.severity) == ("query orders", Severity.MEDIUM)
    assert finding.what == "the query orders takes 120 % longer than usual"
    assert finding.measured == "2.20 s"
    assert finding.evidence == (
        "usually 1.00 s, the median of 5 earlier times",
        "the fastest of 3 answers",
    )


def test_one_slow_answer_is_none(stage: Stage) -> None:
    released(stage, 1, 1.1, 0.9, 1, 1)
    (seen,), asked = timed(stage, 9.0, 1.0)
    assert (seen.findings, asked) == ((), 2)


def test_the_times_of_the_live_release_are_no_measure_of_it(stage: Stage) -> None:
    file = released(stage, 1, 1, 1, 1, 1)
    note_times(file, [QueryTime(query_key(SQL), 2, 9.0)] * 50)
    (seen,), _ = timed(stage, 9.0, 9.0, 9.0)
    assert len(seen.findings) == 1


def test_without_earlier_times_its_limit_alone_counts(stage: Stage) -> None:
    released(stage)
    (seen,), asked = timed(stage, 59.0)
    assert (seen.findings, asked) == ((), 1)
    assert seen.seen == "59.00 s, limit 60 s; few earlier times"
    (seen,), asked = timed(stage, 99.0, 61.0, 99.0)
    (finding,) = seen.findings
    assert asked == 3
    assert finding.what == "the query orders takes longer than it may"
    assert (finding.measured, finding.threshold) == ("61.00 s", "60 s")


def test_a_query_that_fails_has_no_time(stage: Stage) -> None:
    file = released(stage)
    (seen,), _ = timed(stage, -1)
    assert seen.unseen is not None
    assert "it does not parse" in seen.unseen
    assert read_times(file) == ()


def test_where_nothing_can_be_noted_that_is_said(stage: Stage) -> None:
    released(stage)
    file = stage.folder / ".rewind" / "prod.query-times.jsonl"
    file.unlink()
    file.mkdir()
    (query, note), _ = timed(stage, 1.0)
    assert query.findings == ()
    assert note.seen == "prod.query-times.jsonl is not written: is a directory"


def test_no_queries_are_nothing_to_see(stage: Stage) -> None:
    released(stage)
    with subject(stage) as opened:
        assert found(QUERIES, opened) == ()


def test_lines_that_are_no_notes_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "state" / "a.jsonl"
    assert read_times(file) == ()
    note_times(file, [QueryTime("a", 1, 0.5)])
    with file.open("ab") as log:
        log.write(b'\xff\n[1]\n{"query": 1}\nnull\n' + b"[" * 100_000 + b"\n")
    note_times(file, [QueryTime("b", 2, 0.75)])
    assert read_times(file) == (QueryTime("a", 1, 0.5), QueryTime("b", 2, 0.75))


def test_the_oldest_notes_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_log, "KEPT", 10)
    file = tmp_path / "a.jsonl"
    for number in range(21):
        note_times(file, [QueryTime("a", number, 1.0)])
    assert [each.release for each in read_times(file)] == list(range(11, 21))
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", ".gitignore"}


def test_a_note_tells_nothing_of_the_query(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    note_times(file, [QueryTime(query_key("select 'secret'"), 1, 1.0)])
    assert "secret" not in file.read_text()
    assert set(json.loads(file.read_text())) == {"query", "release", "seconds"}


def test_the_settings_say_when_a_time_is_worse(stage: Stage) -> None:
    stage.deploy({"orders": Model("o1")})
    settings = {
        "performance": {
            "worse_by": 100.0,
            "deviations": 3.0,
            "samples": 7,
            "floor": "2s",
            "releases": 9,
        }
    }
    with subject(stage, {"triggers": settings}) as opened:
        signals = all_triggers(opened.workspace.config.triggers, Extent())
    assert NodeTimes(Rule(100, 3, 7, 2), 9) in signals
    assert QueryTimes(Rule(100, 3, 7, 2), 9) in signals
