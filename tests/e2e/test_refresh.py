"""Refreshes, gates and checkpoints on real dbt."""

from __future__ import annotations

import pytest
from tests.crash.checker import prove
from tests.e2e.lab import Lab
from tests.e2e.project import FILES, NEWER_SOURCES

pytestmark = pytest.mark.e2e


def test_new_source_data_becomes_a_release_and_is_undone_exactly(first: Lab) -> None:
    old = first.read()
    first.sql(*NEWER_SOURCES)
    plan = first.rewind("refresh", "--dry-run")
    assert set(plan["build"]) == {
        "model.shop.order_log",
        "model.shop.sales",
        "snapshot.shop.price_history",
    }
    refreshed = first.rewind("refresh", "--reason", "nightly")
    assert refreshed["release"]["kind"] == "refresh"
    assert refreshed["release"]["tests"]["passed"] > 0
    new = first.read()
    assert new["silver.order_log"] == [*old["silver.order_log"], (4, 2, 80)]
    assert len(new["history.price_history"]) == 3
    # The same commit: there is nothing to deploy.
    assert first.rewind("deploy")["equals"] == "r2"
    first.rewind("rollback", "--yes")
    assert first.read() == old
    first.rewind("rollback", "--to", "r2", "--yes")
    assert first.read() == new
    prove(first.database, first.mirror)


def test_a_gate_stops_a_refresh_that_loses_rows(first: Lab) -> None:
    old = first.read()
    first.sql("delete from raw.orders")
    error = first.refused("refresh", expected=14)
    assert error["slug"] == "gate-stopped"
    stopped = first.rewind("show", "r2")
    assert stopped["state"] == "stopped"
    (finding,) = stopped["record"]["gates"]
    assert finding["gate"] == "rows"
    assert finding["words"] == "goes from 2 to 0 rows (-100.0 %)"
    assert first.read() == old
    accepted = first.rewind("refresh", "--accept", "rows", "--reason", "the shop is closed")
    assert accepted["release"]["id"] == "r2"
    assert first.read()["gold.sales"] == []
    rolled = first.rewind("rollback", "--yes")
    assert first.read() == old
    assert rolled["gates"] == []
    assert first.rewind("status")["healthy"]


def test_a_table_that_is_not_copied_is_named_before_and_after(first: Lab) -> None:
    first.write({"rewind.yml": FILES["rewind.yml"] + "models:\n  order_log: {checkpoint: none}\n"})
    old = first.read()
    first.sql(*NEWER_SOURCES)
    reason = "written in place, not in a copy (checkpoint: none)"
    plan = first.rewind("refresh", "--dry-run")
    told = {each["pointer"]["name"]: each["reason"] for each in plan["not_exact"]}
    assert told == {"order_log": reason}
    first.rewind("refresh")
    assert len(first.read()["silver.order_log"]) == 4
    rolled = first.rewind("rollback", "--yes")
    told = {each["pointer"]["name"]: each["reason"] for each in rolled["not_exact"]}
    assert told == {"order_log": "r2 wrote on in it (checkpoint: none)"}
    now = first.read()
    assert now.pop("silver.order_log") != old.pop("silver.order_log")
    assert now == old
    verified = first.rewind("verify", "--deep", "--no-tests")
    assert verified["verdict"] == "verified"
    # A full refresh needs no copy and leaves the old table as it is.
    first.rewind("refresh", "--full-refresh", "--select", "order_log")
    live = first.rewind("show", "r3")["record"]["nodes"]
    (log,) = [node for node in live if node["unique_id"] == "model.shop.order_log"]
    assert (log["relation"]["schema"], log["in_place"]) == ("rewind_r3_silver", None)
    prove(first.database, first.mirror)
