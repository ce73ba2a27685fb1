"""Privileges of everybody on what users query."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.engine.double import Model, pointer
from tests.unit.engine.stage import Stage
from tests.unit.procedures.triggers.subject import looked, subject

from dbt_rewind.engine.access import Access
from dbt_rewind.model import Observation, RelationName, Severity
from dbt_rewind.procedures.triggers.public_grants import PublicGrants
from dbt_rewind.warehouse.memory import MemoryWarehouse

Grants = Mapping[RelationName, Set[str]]


class Granting(MemoryWarehouse):
    granted: Grants | None = None
    asked: Collection[RelationName] = ()

    def public_grants(self, names: Collection[RelationName]) -> Grants | None:  # type: ignore[override]
        self.asked = names
        return self.granted


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.deploy({"orders": Model("o1"), "customers": Model("c1")})
    return stage


def seen(stage: Stage, granted: Grants | None, *allowed: str) -> Observation:
    warehouse = Granting(stage.store)
    warehouse.granted = granted
    with subject(stage) as opened:
        (found,) = looked(PublicGrants(allowed), replace(opened, access=Access(lambda: warehouse)))
    assert set(warehouse.asked) == {pointer("orders"), pointer("customers")}
    assert found.unseen is None
    return found


def test_a_name_that_is_open_to_everybody(stage: Stage) -> None:
    observation = seen(stage, {pointer("orders"): {"SELECT", "DELETE"}})
    (finding,) = observation.findings
    assert (finding.severity, finding.subject) == (Severity.HIGH, "gold.orders")
    assert finding.measured == "DELETE, SELECT"
    assert finding.what == "everybody (PUBLIC) has privileges on gold.orders"
    assert observation.seen == "2 names: 1 open to everybody"


def test_what_the_settings_allow(stage: Stage) -> None:
    granted = {pointer("orders"): {"SELECT"}, pointer("customers"): {"SELECT"}}
    assert seen(stage, granted, "gold.*").findings == ()
    observation = seen(stage, granted, "gold.orders")
    assert [finding.subject for finding in observation.findings] == ["gold.customers"]
    assert observation.seen == "2 names: 1 open to everybody, 1 allowed"


def test_nothing_is_open(stage: Stage) -> None:
    assert seen(stage, {}).seen == "2 names: none open to everybody"


def test_a_warehouse_that_cannot_tell_says_so(stage: Stage) -> None:
    observation = seen(stage, None)
    assert observation.seen == "left out: this warehouse is not asked for privileges"
    assert observation.findings == ()
