"""Every kind of project, taken deploy -> change -> deploy -> rollback -> forward on real dbt."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.projects import models, names, packages, selection, sources, stateful
from tests.projects.walk import Kind, begin, change, model, seen, walk

pytestmark = pytest.mark.e2e

KINDS: dict[str, Kind] = {
    **names.KINDS,
    **packages.KINDS,
    **models.KINDS,
    **stateful.KINDS,
    **sources.KINDS,
}


@pytest.mark.parametrize("name", KINDS)
def test_there_and_back_and_there_again(name: str, tmp_path: Path) -> None:
    walk(begin(KINDS[name], tmp_path), KINDS[name])


def test_saved_selectors(tmp_path: Path) -> None:
    kind = selection.DEFAULT_SELECTOR
    lab = begin(kind, tmp_path)
    walk(lab, kind)
    # What the default selector leaves out is deployed by those who ask for it, and stays.
    lab.rewind("deploy", "--selector", "nightly")
    report = {"main.report": [(1,)]}
    assert seen(lab) == {**kind.second, **report}
    change(lab, {"models/sales.sql": model("select 3 as amount from {{ ref('orders') }}")})
    assert lab.rewind("deploy")["release"]["pending"] == []
    assert seen(lab) == {**kind.second, **report, "main.sales": [(3,)]}
    error = lab.refused("deploy", "--selector", "weekly", expected=3)
    assert (error["slug"], error["facts"]["name"]) == ("selector-unknown", "weekly")
    lab.run("deploy", "--selector", "nightly", "--select", "sales").check(2)
