"""Every kind of project, taken deploy -> change -> deploy -> rollback -> forward on real dbt."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.projects.kinds import KINDS
from tests.projects.walk import begin, change, model, seen, walk

pytestmark = pytest.mark.e2e

TOLD_FURTHER = {"resources", "default-selector", "submodule", "two-projects"}
"""Kinds whose walk is the beginning of a longer story, in a test of their own."""


@pytest.mark.parametrize("name", [name for name in KINDS if name not in TOLD_FURTHER])
def test_there_and_back_and_there_again(name: str, tmp_path: Path) -> None:
    walk(begin(KINDS[name], tmp_path), KINDS[name])


def test_saved_selectors(tmp_path: Path) -> None:
    kind = KINDS["default-selector"]
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


def test_rows_that_tests_keep(tmp_path: Path) -> None:
    kind = KINDS["resources"]
    lab = begin(kind, tmp_path)
    walk(lab, kind)
    # The test that warns ran with the first release, and is not run again for what did not change.
    (warned,) = lab.rewind("show", "r1")["record"]["warnings"]
    assert warned["rows_in"] == "rewind_r1_main_dbt_test__audit.not_null_sales_amount"
    assert lab.sql(f"select id from {warned['rows_in']}") == [(2,)]
    total = model("select null::int as total from {{ ref('sales') }} limit 1")
    change(lab, {"models/total.sql": total})
    error = lab.refused("deploy", expected=6)
    (failed,) = lab.rewind("show", error["facts"]["release"])["record"]["failures"]
    assert failed["rows_in"] == "rewind_r3_main_dbt_test__audit.total_is_there"
    assert lab.sql(f"select count(*) from {failed['rows_in']}") == [(1,)]
    assert f"rows in {failed['rows_in']}" in lab.run("show", "r3").check(0).stdout
    # What tests keep is the release's own, and users see none of it.
    assert seen(lab) == kind.second
