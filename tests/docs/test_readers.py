"""The page on readers shows what was measured, and that held."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.readers.page import OURS, PAGE, QUIET, RESULTS, page_with, text

RECORDED: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))


def test_the_page_shows_what_was_measured() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with(page, text(RECORDED)), "run `make readers`, or undo the edit by hand"


def test_what_was_measured_held() -> None:
    ours = RECORDED["sides"][OURS]
    assert ours["publishes"] >= 300
    assert (ours["mixtures"], ours["errors"]) == (0, 0)
    assert RECORDED["sides"][QUIET]["mixtures"] == 0
    # What the processors of a busy machine add is in what readers wait for when nobody publishes.
    assert ours["max"] < RECORDED["lock_timeout"] + max(0.1, RECORDED["sides"][QUIET]["max"])
    assert all(side["reads"] > 1000 for side in RECORDED["sides"].values())


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="no markers"):
        page_with("# A page\n", "figures")
