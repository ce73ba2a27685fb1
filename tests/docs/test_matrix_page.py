"""The page on the matrix says what the matrix says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.docs.pages import reference, rows

from dbt_rewind.config.load import load_config
from dbt_rewind.model import Answer
from dbt_rewind.model.matrix import CASES, Case, answer

PAGE = reference("matrix")
TABLE = [list(row) for row in rows(PAGE.section("As it is without settings"))]


def row_of(case: Case) -> list[str]:
    where = "production" if case.production else "elsewhere"
    own = f"{case.severity}, by a person's {case.trigger} alone"
    named = [row for row in TABLE if row[0] == where and row[1] == own]
    if named:
        return named[0]
    others = [row for row in TABLE if row[0] == where and "by a person" not in row[1]]
    (row,) = (row for row in others if case.severity in row[1].split(", "))
    return row


def words(found: Answer) -> list[str]:
    demand = found.demand
    asked = f"{demand.quorum} of {', '.join(demand.roles)}" if demand.quorum else "nobody"
    return [
        found.action.value,
        within(found.within),
        "emergency" if demand.emergency else asked,
        "yes" if found.review else "no",
    ]


def within(time: timedelta | None) -> str:
    if time is None:
        return "no hurry"
    hours = int(time / timedelta(hours=1))
    return f"{hours} hour{'s' if hours > 1 else ''}" if hours else "at once"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_table_has_the_answer_to_each_case(case: Case) -> None:
    assert row_of(case)[2:] == words(answer((), case))


def test_the_table_has_no_row_too_many() -> None:
    used = {tuple(row_of(case)) for case in CASES}
    assert used == {tuple(row) for row in TABLE}


def test_the_example_is_valid(tmp_path: Path) -> None:
    (example,) = (block for block in PAGE.blocks if block.startswith("matrix:"))
    file = tmp_path / "rewind.yml"
    file.write_text(f"version: 1\nenvironments: {{prod: {{target: prod}}}}\n{example}")
    assert len(load_config(file).matrix) == 2
