"""The ledger's reference has every event kind, payload field, table and column."""

from __future__ import annotations

import ast
import re

import pytest
from tests.docs.pages import ROOT, codes, reference, rows

from dbt_rewind.engine.mirror import event_line
from dbt_rewind.model import EventKind, next_event
from dbt_rewind.warehouse.duckdb_ledger_sql import create_ledger

PAGE = reference("ledger")
ENGINE = ROOT / "src" / "dbt_rewind" / "engine"

PAYLOADS = {
    "published": ("rollback.py", "publish"),
    "aborted": ("recover.py", "undo"),
    "blocked": ("waiting.py", "keep_waiting"),
    "started": ("payloads.py", "started_payload"),
    "built": ("payloads.py", "recorded_payload"),
}
"""The function that makes each payload; `failed` has that of `built`."""


def keys_of(file: str, function: str) -> set[str]:
    """The keys of the largest dict that a function writes out."""
    tree = ast.parse((ENGINE / file).read_text(encoding="utf-8"))
    (found,) = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == function
    )
    dicts = [node for node in ast.walk(found) if isinstance(node, ast.Dict)]
    largest = max(dicts, key=lambda node: len(node.keys))
    return {str(key.value) for key in largest.keys if isinstance(key, ast.Constant)}


def documented(kind: str) -> set[str]:
    """The first column of the table below `Payload of`."""
    after = re.split(rf"^Payload of .*`{kind}`.*:$", PAGE.prose, flags=re.MULTILINE)[1]
    table = after.strip().split("\n\n")[0]
    return {name for row in rows(table) for name in codes(row[0])}


def test_every_kind_of_event_is_documented_and_no_other() -> None:
    before_payloads = PAGE.section("Event kinds").split("A rollback is one")[0]
    tables = [part for part in before_payloads.split("\n\n") if part.startswith("|")]
    kinds = {codes(row[0])[0] for table in tables for row in rows(table)}
    assert kinds == set(EventKind)


@pytest.mark.parametrize("kind", PAYLOADS)
def test_every_field_of_a_payload_is_documented_and_no_other(kind: str) -> None:
    assert documented(kind) == keys_of(*PAYLOADS[kind])


def test_the_payload_of_a_failure_is_that_of_a_build() -> None:
    assert documented("failed") == documented("built")


def test_every_table_and_column_is_documented_and_no_other() -> None:
    section = PAGE.section("Tables")
    documented = {name for row in rows(section) for name in codes(row[0])}
    made = "\n".join(create_ledger("warehouse"))
    columns = set(re.findall(r'^  "?([a-z_]+)"? [A-Z]+', made, re.MULTILINE))
    in_words = {"only_row", "version"}
    assert documented | in_words == columns
    for table in re.findall(r'CREATE TABLE IF NOT EXISTS \S*?"rewind"\."(\w+)"', made):
        assert f"`rewind.{table}`" in section


def test_the_mirrors_fields_are_documented() -> None:
    from datetime import UTC, datetime
    from json import loads

    event = next_event(None, "prod", datetime(2026, 1, 1, tzinfo=UTC), EventKind.STARTED, {})
    assert set(loads(event_line(event))) <= set(codes(PAGE.section("The mirror")))


def test_the_documented_hash_is_the_hash() -> None:
    """The formula on the page, run as it stands there."""
    import hashlib
    import json
    from datetime import UTC, datetime

    at = datetime(2026, 1, 1, tzinfo=UTC)
    event = next_event(None, "prod", at, EventKind.STARTED, {"by": "Zoë", "release": 1})
    (fields,) = (block for block in PAGE.blocks if block.startswith("["))
    (formula,) = (block for block in PAGE.blocks if "sha256" in block)
    names = fields.strip().strip("[]").split(", ")
    values = {name: getattr(event, name) for name in names}
    values |= {"at": at.isoformat(), "kind": event.kind.value}
    scope = {"json": json, "hashlib": hashlib, "fields": [values[name] for name in names]}
    first, last = formula.strip().splitlines()
    exec(first, scope)
    assert eval(last, scope) == event.hash
