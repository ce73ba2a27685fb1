"""What became of each node, and which failures may pass by themselves."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.dbt.artifacts import manifest, node, result, results
from tests.unit.dbt.test_manifest import ANYTHING

from dbt_rewind.dbt.results import merge_results, read_results
from dbt_rewind.dbt.transient import is_transient
from dbt_rewind.errors import ArtifactInvalid
from dbt_rewind.model import FailedNode, TestSummary

MIXED = results(
    result("model.shop.a", "success"),
    result("seed.shop.s", "success"),
    result("model.shop.b", "error", message="Binder Error: no column", compiled_code="select b"),
    result("model.shop.c", "skipped"),
    result("model.shop.p", "partial success"),
    result("test.shop.t1", "pass"),
    result("test.shop.t2", "fail", message="Got 2 results"),
    result("test.shop.t3", "warn", message="Got 1 result"),
    result("test.shop.t4", "skipped"),
    result("test.shop.t5", "error", message="Catalog Error"),
    result("unit_test.shop.u1", "pass"),
    result("unit_test.shop.u2", "runtime error"),
)


def test_tests_are_counted_and_other_nodes_are_not() -> None:
    assert MIXED.tests == TestSummary(passed=2, warned=1, failed=3, skipped=1)
    assert results().tests == TestSummary()


def test_what_was_built() -> None:
    assert MIXED.built == {"model.shop.a", "seed.shop.s"}


def test_failures_have_message_sql_and_file_in_dbts_order() -> None:
    known = manifest(
        node("b", compiled_code="of the manifest"),
        node("t2", "test", resource_type="test", compiled_code="select t2"),
    )
    failures = MIXED.failures(known)
    assert [each.unique_id.split(".")[-1] for each in failures] == ["b", "p", "t2", "t5", "u2"]
    assert failures[0] == FailedNode(
        "model.shop.b", "error", "Binder Error: no column", "select b", "models/b.sql"
    )
    assert failures[2].compiled_sql == "select t2"
    assert (failures[3].compiled_sql, failures[3].file) == (None, None)


def test_warnings_are_no_failures() -> None:
    (warning,) = MIXED.warnings(manifest())
    assert (warning.unique_id, warning.message) == ("test.shop.t3", "Got 1 result")


def test_a_retry_counts_for_what_it_ran() -> None:
    later = results(result("model.shop.b", "success"), result("model.shop.c", "success"))
    merged = merge_results(MIXED, later)
    assert merged.built >= {"model.shop.a", "model.shop.b", "model.shop.c"}
    assert len(merged.nodes) == len(MIXED.nodes)
    assert not merged.nodes["model.shop.b"].failed


def test_a_node_that_never_ran_has_no_message() -> None:
    (read,) = results(result("model.shop.a", "skipped", message=None)).nodes.values()
    assert (read.message, read.compiled_sql, read.seconds) == ("", None, 0.5)


@given(st.binary(max_size=64))
def test_random_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ArtifactInvalid):
        read_results(content, "run_results.json")


@given(ANYTHING)
def test_any_json_is_read_or_refused(value: object) -> None:
    for data in (value, {"results": value}, {"results": [value]}):
        content = json.dumps(data).encode()
        with suppress(ArtifactInvalid):
            read_results(content, "run_results.json")


@given(
    st.sampled_from(["unique_id", "status", "execution_time", "message", "compiled_code"]), ANYTHING
)
def test_any_value_in_a_field_is_read_or_refused(field: str, value: Any) -> None:
    changed = {**result("model.shop.a", "success"), field: value}
    try:
        read = read_results(json.dumps({"results": [changed]}).encode(), "run_results.json")
    except ArtifactInvalid:
        return
    (only,) = read.nodes.values()
    assert isinstance(only.status, str)


@pytest.mark.parametrize(
    "message",
    [
        'IO Error: Could not set lock on file "x.duckdb": Conflicting lock is held in PID 4',
        "TransactionContext Error: Failed to commit: write-write conflict on key: 1",
        "Transaction conflict: cannot update a table that has been altered!",
        "deadlock detected",
        "Transaction (Process ID 52) was deadlocked on lock resources with another process",
        "could not serialize access due to concurrent update",
        "canceling statement due to lock timeout",
        "Lock request time out period exceeded.",
        "could not connect: Connection refused",
        "connection was closed",
        "Connection timed out",
        "server closed the connection unexpectedly",
        "terminating connection due to administrator command",
        "FATAL: the database system is starting up",
        "FATAL: the database system is in recovery mode",
        "FATAL: the database system is not yet accepting connections",
        "terminating connection because of crash of another server process",
        "SSL connection has been closed unexpectedly",
        "connection already closed",
        "FATAL: sorry, too many clients already",
        "Communication link failure",
    ],
)
def test_what_may_pass_by_itself(message: str) -> None:
    assert is_transient(message)
    assert is_transient(f"Runtime Error in model x\n  {message.upper()}")


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Got 3 results, configured to fail if != 0",
        'Binder Error: Referenced column "clock" not found',
        "Out of Memory Error: could not allocate block",
        "division by zero",
        "permission denied for schema gold",
        'connection to server at "db" failed: FATAL: password authentication failed for user "ada"',
        "duplicate key value violates unique constraint",
        "Database Error: timeout is not a column",
    ],
)
def test_what_is_a_fault_stays_one(message: str) -> None:
    assert not is_transient(message)
