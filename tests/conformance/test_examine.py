"""`examine` says what it sees, tries things out, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Sequence

from tests.conformance.engines import Engine

from dbt_rewind.model import Finding, Health, RelationName
from dbt_rewind.warehouse.protocol import Warehouse

SCHEMAS = "SELECT schema_name FROM information_schema.schemata"


def tries(findings: Sequence[Finding]) -> bool:
    """Whether the engine tries anything out."""
    return "permissions" in {finding.name for finding in findings}


def assert_nothing_left(engine: Engine, *also: str) -> None:
    opened = engine.open()
    schemas = [row[0] for row in opened.query(SCHEMAS, limit=1000).rows]
    opened.close()
    left = [name for name in schemas if name.startswith("rewind_doctor_") or name in also]
    assert schemas
    assert left == []


def test_nothing_stays(engine: Engine, warehouse: Warehouse) -> None:
    there = RelationName(engine.database, "gold", "orders")
    engine.create_table(there, [(1, "one")])
    findings = list(warehouse.examine({"gold"}))
    assert findings[0].name == "warehouse"
    assert all(finding.found for finding in findings)
    for finding in findings:
        assert finding.health in {Health.OK, Health.NOT_CHECKED}, finding
    assert engine.rows(there) == [(1, "one")]
    warehouse.close()
    if tries(findings):
        assert_nothing_left(engine)


def test_before_there_is_a_ledger(engine: Engine) -> None:
    opened = engine.open()
    findings = list(opened.examine(()))
    opened.close()
    assert Health.PROBLEM not in {finding.health for finding in findings}
    if tries(findings):
        assert_nothing_left(engine, "rewind")


def test_who_may_not_write_is_told(engine: Engine, warehouse: Warehouse) -> None:
    warehouse.close()
    reading = engine.open(read_only=True)
    findings = list(reading.examine(()))
    reading.close()
    if tries(findings):
        assert Health.PROBLEM in {finding.health for finding in findings}
        assert_nothing_left(engine)
