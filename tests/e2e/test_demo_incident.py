"""`rewind demo --incident`: data and code go back, and the next deploy has nothing to do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from tests.e2e.lab import Lab
from tests.e2e.test_demo import TABLES

pytestmark = pytest.mark.e2e

# Without what tests of the pipeline warn of.
ROWS = {
    **TABLES,
    "customer": TABLES["customer"].replace("13,99,,4\n", ""),
    "salesorderdetail": TABLES["salesorderdetail"].replace("999,4,1,7,20,0\n", ""),
}
TURNS = (
    "r1 is live in prod",
    "r2 is live in prod",
    "r2 in prod: high: roll back",
    "A1 asks for it",
    "A1 is approved by Ada",
    "r1 is live in prod",
    "again.",
    "7. What happened",
    "r1 in prod: healthy",
    "I1 in prod: closed",
    "That was it",
)


def test_the_second_act(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    for name, text in ROWS.items():
        (tmp_path / "rows" / f"{name}.csv").write_text(text, encoding="utf-8")
    lab = Lab(tmp_path / "lab", "warehouse.duckdb")
    lab.folder.mkdir()
    rows, place = str(tmp_path / "rows"), str(lab.repository)
    answer = lab.run(
        *("demo", "--incident", "--folder", place, "--data", rows), folder=lab.folder
    ).check(0)
    at = 0
    for turn in TURNS:
        at = answer.stdout.find(turn, at)
        assert at >= 0, f"{turn!r} is missing, or too early:\n{answer.stdout}"
    (good, wrong) = re.findall(r"Revenue was ([\d,]+) and is ([\d,]+)", answer.stdout)[0]
    assert good != wrong
    assert f"Revenue is {good} again." in answer.stdout
    assert lab.rewind("status")["live"]["id"] == "r1"
    remote = lab.folder / f"{lab.repository.name}.git"
    trees = subprocess.run(
        ["git", "-C", str(remote), "rev-parse", "main^{tree}", "main~2^{tree}", "main~1^{tree}"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()
    assert trees[0] == trees[1] != trees[2]
