"""The page on reliability shows a whole run, in which everything held."""

from __future__ import annotations

import re

import pytest
from tests.crash.counts import ON_POSTGRES, OPERATIONS, PAGE, SUITES, Suite
from tests.docs.pages import ROOT

DUCKDB, POSTGRES = SUITES


def recorded(suite: Suite) -> str:
    begin, end = suite.markers
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    return page.partition(begin)[2].partition(end)[0]


def test_the_last_result_on_duckdb_is_whole() -> None:
    text = recorded(DUCKDB)
    rows = {
        match[1]: (int(match[2].replace(",", "")), match[3])
        for match in re.finditer(r"^\| `(.+)` \| ([\d,]+) \| (.+) \|$", text, re.MULTILINE)
    }
    assert rows.keys() == OPERATIONS.keys()
    for operation, (instants, random) in rows.items():
        assert instants >= 8, operation
        if f"{operation}: random" in DUCKDB.required:
            assert int(random) >= DUCKDB.required[f"{operation}: random"], operation
    assert "Failed: 0." in text
    rounds = re.search(r"^(\d+) rounds of 20", text, re.MULTILINE)
    assert rounds
    assert int(rounds[1]) >= DUCKDB.required["rounds"]


def test_the_last_result_on_postgresql_is_whole() -> None:
    text = recorded(POSTGRES)
    for name, words in ON_POSTGRES.items():
        row = re.search(rf"^\| {re.escape(words)} \| ([\d,]+) \|$", text, re.MULTILINE)
        assert row, words
        assert int(row[1].replace(",", "")) >= POSTGRES.required[name], words
    assert "Failed: 0." in text


def test_a_result_takes_the_place_of_the_one_before() -> None:
    counts = {"deploy: instants": 7, "deploy: random": 200}
    text = DUCKDB.text(counts, failed=0, day="today", minutes=1)
    begin, end = DUCKDB.markers
    page = DUCKDB.page_with(f"a\n{begin}\nold\n{end}\nz\n", text)
    assert page == f"a\n{begin}\n{text}\n{end}\nz\n"
    assert "| `deploy` | 7 | 200 |" in text
    with pytest.raises(ValueError, match="no markers"):
        DUCKDB.page_with("a", text)
