"""The adapter door on real dbt: a ledger begun by the driver goes on through the door, and back."""

from __future__ import annotations

import pytest
from tests.crash.checker import prove
from tests.e2e.lab import Lab
from tests.e2e.project import FILES, NEWER_SOURCES

pytestmark = pytest.mark.e2e

PLAIN = FILES["rewind.yml"]
THROUGH = PLAIN.replace("branch: main", "branch: main, through: dbt", 1)


def test_releases_go_there_and_back_through_dbts_adapter(first: Lab) -> None:
    assert THROUGH != PLAIN
    old = first.read()
    first.sql(*NEWER_SOURCES)
    first.write({"rewind.yml": THROUGH})
    assert first.rewind("status")["healthy"]
    refreshed = first.rewind("refresh", "--reason", "nightly")
    assert refreshed["release"]["id"] == "r2"
    new = first.read()
    assert new != old
    first.rewind("rollback", "--yes")
    assert first.read() == old
    assert first.rewind("verify", "--no-tests")["verdict"] == "verified"
    first.write({"rewind.yml": PLAIN})
    first.rewind("rollback", "--to", "r2", "--yes")
    assert first.read() == new
    prove(first.database, first.mirror)


def test_an_adapter_that_dbt_does_not_have(first: Lab) -> None:
    profile = first.repository / "pipeline" / "profiles.yml"
    profile.write_text(profile.read_text().replace("type: duckdb", "type: snowflake"))
    error = first.refused("status", expected=3)
    assert error["slug"] == "adapter-unsupported"
    assert "dbt-snowflake" in error["hint"]
