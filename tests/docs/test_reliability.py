"""The page on reliability shows a whole run, in which everything held."""

from __future__ import annotations

import re

import pytest
from tests.crash.counts import BEGIN, END, OPERATIONS, PAGE, REQUIRED, page_with, table
from tests.docs.pages import ROOT

RECORDED = (ROOT / PAGE).read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def test_the_last_result_is_whole() -> None:
    rows = {
        match[1]: (int(match[2].replace(",", "")), match[3])
        for match in re.finditer(r"^\| `(.+)` \| ([\d,]+) \| (.+) \|$", RECORDED, re.MULTILINE)
    }
    assert rows.keys() == OPERATIONS.keys()
    for operation, (instants, random) in rows.items():
        assert instants >= 8, operation
        if f"{operation}: random" in REQUIRED:
            assert int(random) >= REQUIRED[f"{operation}: random"], operation
    assert "Failed: 0." in RECORDED
    rounds = re.search(r"^(\d+) rounds of 20", RECORDED, re.MULTILINE)
    assert rounds
    assert int(rounds[1]) >= REQUIRED["rounds"]


def test_a_result_takes_the_place_of_the_one_before() -> None:
    text = table({"deploy: instants": 7, "deploy: random": 200}, failed=0, day="today", minutes=1)
    page = page_with(f"a\n{BEGIN}\nold\n{END}\nz\n", text)
    assert page == f"a\n{BEGIN}\n{text}\n{END}\nz\n"
    assert "| `deploy` | 7 | 200 |" in text
    with pytest.raises(ValueError, match="no markers"):
        page_with("a", text)
