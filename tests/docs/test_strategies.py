"""The page on strategies shows what was measured."""

from __future__ import annotations

import json
from typing import Any

from bench.page import replaced
from bench.strategies import MARKER, PAGE, RESULTS, ROUNDS, text

RECORDED: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))


def test_the_page_shows_what_was_measured() -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = replaced(page, text(RECORDED), MARKER)
    assert page == shown, "run `python -m bench.strategies --record`, or undo the edit by hand"


def test_each_way_was_measured_in_every_round() -> None:
    ways = {"revert", "flag", "forward fix", "backup", "restore"}
    for cell in RECORDED["cells"]:
        assert set(cell["ways"]) == ways
        assert {len(way["all"]) for way in cell["ways"].values()} == {ROUNDS}
