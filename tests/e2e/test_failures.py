"""What fails is told, kept for a look, and never seen under a public name. Invariant 8."""

from __future__ import annotations

import pytest
from tests.e2e.lab import Lab
from tests.e2e.project import SALES

pytestmark = pytest.mark.e2e


def test_a_failed_test_and_a_failed_model_are_never_seen(first: Lab) -> None:
    before = first.read()
    doubled = SALES + "union all select 'north', 0, 0\n"
    first.commit("Break a test", {"pipeline/models/sales.sql": doubled})
    answer = first.run("deploy").check(6)
    assert "r2 was not published" in answer.stderr
    assert "rewind show r2" in answer.stderr
    assert first.read() == before

    shown = first.rewind("show", "r2")
    assert shown["state"] == "failed"
    (failure,) = shown["record"]["failures"]
    assert failure["unique_id"].startswith("test.shop.unique_sales_region_name")
    assert failure["status"] == "fail"
    assert "Got 1 result" in failure["message"]
    assert "rewind_r2_gold" in failure["compiled_sql"]
    assert failure["file"] == "models/models.yml"

    broken = SALES.replace("sum(orders.amount)", "sum(orders.no_such_column)")
    first.commit("Break a model", {"pipeline/models/sales.sql": broken})
    error = first.refused("deploy", expected=6)
    assert error["slug"] == "build-failed"
    assert error["facts"]["live"] == "r1"
    assert "model.shop.sales" in str(error["facts"])
    assert first.read() == before

    shown = first.rewind("show", "r3")
    (failure,) = shown["record"]["failures"]
    assert "no_such_column" in failure["message"]
    assert "no_such_column" in failure["compiled_sql"]
    people = first.run("show", "r3").check(0).stdout
    assert "compiled SQL" in people
    assert "no_such_column" in people

    assert first.rewind("status")["live"]["id"] == "r1"
    states = {release["id"]: release["state"] for release in first.rewind("history")["releases"]}
    assert states == {"r1": "live", "r2": "failed", "r3": "failed"}
    refused = first.refused("rollback", "--to", "r2", "--yes", expected=9)
    assert refused["slug"] == "release-not-restorable"
    first.assert_tidy()


def test_a_project_that_does_not_parse(first: Lab) -> None:
    standing = first.standing()
    first.commit("Refer to nothing", {"pipeline/models/sales.sql": "{{ ref('nothing') }}"})
    error = first.refused("deploy", expected=5)
    assert error["slug"] == "project-unusable"
    assert "nothing" in error["message"]
    assert first.standing() == standing
    assert first.rewind("recover")["undone"] is None
    first.assert_tidy()


def test_a_pointer_that_somebody_replaced(second: Lab) -> None:
    second.sql("drop view gold.sales", "create table gold.sales as select 1 as theirs")
    standing = second.standing()
    for command in (("rollback", "--yes"), ("deploy", "v1")):
        error = second.refused(*command, expected=8)
        assert error["slug"] in {"pointer-drifted", "pointer-occupied"}
        assert error["facts"]["pointer"] == "gold.sales"
    assert second.sql("from gold.sales") == [(1,)]
    # The deploy has noted what it was about to publish; nothing else is different.
    after = second.standing()
    assert (after["views"], after["tables"]) == (standing["views"], standing["tables"])
    drift = second.rewind("status")["drift"]
    assert [each["pointer"]["name"] for each in drift] == ["sales"]
