"""The figures on the pages and in the picture are those that were measured."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bench import postgres_page
from bench.page import LONG_PAGE, README, bars, long_text, replaced, short_text
from bench.picture import picture
from tests.docs.pages import ROOT

RESULTS: dict[str, Any] = json.loads((ROOT / "bench" / "results.json").read_text(encoding="utf-8"))


def timing(seconds: float) -> dict[str, Any]:
    return {"median": seconds, "all": [seconds]}


def cell(models: int, data: int, rollback: float, **others: float | None) -> dict[str, Any]:
    """A cell in which everything else takes ten times as long as the rollback, or as said."""
    timings = {side: others.get(side, rollback * 10) for side in ("procedure", "sqlmesh", "deploy")}
    sides = {side: None if each is None else timing(each) for side, each in timings.items()}
    return {
        "models": models,
        "data": data,
        "source_rows": data * 50_000,
        "rollback": timing(rollback),
        "dbt_build": timing(rollback * 10),
        "dbt_build_in_place": timing(rollback * 8),
        "floor": timing(0.1),
        **sides,
    }


def results(*cells: dict[str, Any]) -> dict[str, Any]:
    publish = {"pointers": 10, "publish": timing(0.3), "bare": timing(0.2)}
    return {**RESULTS, "cells": list(cells), "missing": [], "publish": publish}


def test_the_pages_show_what_was_measured() -> None:
    for page, text in ((LONG_PAGE, long_text(RESULTS)), (README, short_text(RESULTS))):
        content = (ROOT / page).read_text(encoding="utf-8")
        assert content == replaced(content, text), "run `make bench`, or undo the edit by hand"


def test_the_page_shows_what_was_measured_on_postgresql() -> None:
    content = (ROOT / LONG_PAGE).read_text(encoding="utf-8")
    shown = replaced(content, postgres_page.text(RESULTS["postgres"]), postgres_page.MARKER)
    assert content == shown, "run `python -m bench --engine postgres --record`"


def test_what_is_quicker_than_ours_on_postgresql_is_told_as_well() -> None:
    made = {
        **cell(10, 1, 0.5, procedure=9.0, deploy=5.0),
        "dump": timing(0.2),
        "restore": timing(0.4),
    }
    gap = {"models": 100, "data": 1, "reason": "it took too long"}
    text = postgres_page.text({**RESULTS["postgres"], "cells": [made], "missing": [gap]})
    assert "| 0.50 s | 9.0 s (18 times) | 0.40 s (0.8 times) | 0.10 s |" in text
    assert "Not measured: 100 models, data 1x: it took too long." in text


def test_the_picture_shows_what_was_measured() -> None:
    held = (ROOT / "docs" / "images" / "benchmark.svg").read_text(encoding="utf-8")
    assert held == picture(RESULTS)


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers"):
        replaced("# A page\n", "figures")
    assert replaced("a\n<!-- bench -->\nold\n<!-- /bench -->\nz\n", "new\n") == (
        "a\n<!-- bench -->\nnew\n<!-- /bench -->\nz\n"
    )


def test_a_bar_takes_the_worst_cell() -> None:
    measured = results(cell(10, 1, 0.4, procedure=9.0), cell(10, 100, 0.5, procedure=9.0))
    found = {words: figure for words, figure, _, _ in bars(measured)}
    assert found["seconds of a rollback at 10 models"] == 0.5
    assert found["times as long with 100 times the data at 10 models"] == pytest.approx(1.25)
    assert found["times faster than the written procedure at 10 models"] == pytest.approx(18)


def test_a_bar_that_is_missed_says_so() -> None:
    assert "at most 0.6 | 0.5 | yes |" in long_text(results(cell(10, 1, 0.5)))
    assert "at most 0.6 | 0.7 | **no** |" in long_text(results(cell(10, 1, 0.7)))
    assert "at least 12 | 10 | **no** |" in long_text(results(cell(10, 1, 0.5)))
    assert "at least 12 | 14 | yes |" in long_text(results(cell(10, 1, 0.5, sqlmesh=7.0)))


def test_a_cell_without_a_build_in_place_has_a_dash() -> None:
    made = {**cell(10, 1, 0.4), "dbt_build_in_place": None}
    assert "| - | - | 0.10 s |" in long_text(results(made))


def test_what_was_not_measured_is_left_out() -> None:
    measured = results(cell(10, 1, 0.5, sqlmesh=None))
    assert not [words for words, *_ in bars(measured) if "SQLMesh" in words]
    assert "| 0.50 s | 5.0 s (10 times) | - |" in long_text(measured)
    assert picture(measured).count("<polyline") == 2
    gap = {"models": 10, "data": 1, "part": "SQLMesh", "reason": "it took too long"}
    text = long_text({**measured, "missing": [gap]})
    assert "Not measured: SQLMesh at 10 models, data 1x: it took too long." in text
