"""The trigger `integrity`: what is gone or broken, and what the warehouse finds in its storage."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.unit.engine.double import COLUMNS, Model, pointer, versioned
from tests.unit.engine.stage import Stage
from tests.unit.procedures.triggers.shop import NO_GATE, Shop
from tests.unit.procedures.triggers.subject import found, looked, subject, workspace

from dbt_rewind.engine.access import Access
from dbt_rewind.engine.rules import Rules
from dbt_rewind.errors import BuildFailed, PermissionMissing, WarehouseFailed
from dbt_rewind.model import (
    IntegrityCheck,
    Observation,
    RelationName,
    Severity,
    Trigger,
    TriggerFinding,
)
from dbt_rewind.procedures.triggers.all import Extent, all_triggers
from dbt_rewind.procedures.triggers.relations import Relations
from dbt_rewind.procedures.triggers.storage import Storage
from dbt_rewind.warehouse.memory import MemoryWarehouse
from dbt_rewind.warehouse.memory_store import MemoryStore

THERE = Relations()
STORED = Storage(60.0)
IN_PLACE = Rules(replace(NO_GATE.default, copied=False))
ORDERS, SEEN = versioned("orders", 1), pointer("seen")
MEANWHILE = "another release went live, or is written in place, meanwhile: look again"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(Stage(tmp_path))
    shop.models["seen"] = Model("v", "view", parents=("orders",))
    shop.deploy(orders=10, customers=5)
    return shop


def there(shop: Shop) -> tuple[TriggerFinding, ...]:
    with subject(shop.stage) as opened:
        return found(THERE, opened)


# What is there, and can be queried.


def test_all_is_there(shop: Shop) -> None:
    with subject(shop.stage) as opened:
        (seen,) = looked(THERE, opened)
    assert (seen.name, seen.findings, seen.unseen) == ("tables and views", (), None)
    assert seen.seen == "3 names: none gone, broken or led elsewhere"


def test_a_relation_that_is_gone(shop: Shop) -> None:
    shop.stage.store.remove(ORDERS)
    orders, view = there(shop)
    assert (orders.trigger, orders.severity) == (Trigger.INTEGRITY, Severity.CRITICAL)
    assert (orders.subject, orders.release) == ("gold.orders", 1)
    assert orders.what == "rewind_r1_gold.orders, which gold.orders leads to, is gone"
    assert (orders.measured, orders.threshold) == ("missing", "rewind_r1_gold.orders is there")
    assert orders.evidence == ("gold.orders is model.shop.orders",)
    assert view.what == "gold.seen cannot be queried"
    assert view.measured == "rewind_r1_gold.orders does not exist"


def test_a_name_that_is_gone(shop: Shop) -> None:
    shop.stage.store.remove(SEEN)
    (finding,) = there(shop)
    assert (finding.severity, finding.what) == (Severity.CRITICAL, "gold.seen is gone")
    assert finding.threshold == "leading to rewind_r1_gold.seen"
    assert finding.remedy == "`rewind deploy --repair` leads the name back"


@pytest.mark.parametrize("by_table", [True, False])
def test_a_name_that_somebody_leads_elsewhere(shop: Shop, by_table: bool) -> None:
    if by_table:
        shop.stage.store.remove(SEEN)
        shop.stage.store.create_table(SEEN, COLUMNS, [])
    else:
        shop.stage.store.create_view(SEEN, versioned("customers", 1))
    (finding,) = there(shop)
    assert finding.severity is Severity.HIGH
    elsewhere = "a table of another make" if by_table else "leading to rewind_r1_gold.customers"
    assert finding.what == f"gold.seen is {elsewhere}"


def test_a_table_that_has_lost_columns(shop: Shop) -> None:
    rows = shop.stage.store.rows(ORDERS)
    shop.stage.store.create_table(ORDERS, COLUMNS[:1], [row[:1] for row in rows])
    finding, view = there(shop)
    assert finding.severity is Severity.CRITICAL
    assert finding.what == "rewind_r1_gold.orders has lost columns: code, inputs"
    assert finding.measured == "1 of 3 columns"
    assert finding.threshold == "all 3 columns, as published"
    assert view.subject == "gold.seen"


def test_more_columns_are_no_loss(shop: Shop) -> None:
    rows = shop.stage.store.rows(ORDERS)
    more = (*COLUMNS, replace(COLUMNS[0], name="more"))
    shop.stage.store.create_table(ORDERS, more, [(*row, 1) for row in rows])
    assert there(shop) == ()


def test_columns_of_what_is_written_in_place_may_go(tmp_path: Path) -> None:
    shop = Shop(Stage(tmp_path))
    shop.deploy(log=10, rules=IN_PLACE)
    shop.deploy(log=20, rules=IN_PLACE)
    shop.stage.rollback()
    shop.stage.store.create_table(versioned("log", 1), COLUMNS[:2], [("log", "1")])
    assert there(shop) == ()


def test_a_publish_half_way_says_nothing(shop: Shop) -> None:
    before = shop.stage.store.contents.copy()
    shop.deploy(orders=11, customers=6)
    shop.stage.store.stop_half_way("prod", before)
    with subject(shop.stage) as opened:
        (seen,) = looked(THERE, opened)
    assert seen.findings == ()
    assert seen.unseen == "a publish moves names, or has stopped half way: see `rewind status`"


def test_a_release_that_goes_live_meanwhile_says_nothing(shop: Shop) -> None:
    with subject(shop.stage) as opened:
        shop.deploy(orders=11)
        (seen,) = looked(THERE, opened)
    assert (seen.findings, seen.unseen) == ((), MEANWHILE)


@dataclass
class Doing:
    """Opens warehouses that do something else than they should, and counts how often."""

    store: MemoryStore
    check: Callable[[RelationName], IntegrityCheck]
    opened: int = 0

    def access(self) -> Access:
        doing = self

        class Warehouse(MemoryWarehouse):
            def check_integrity(self, tables: Collection[RelationName]) -> IntegrityCheck:
                super().check_integrity(tables)
                (table,) = tables
                return doing.check(table)

            def unreadable(self, names: Collection[RelationName]) -> dict[RelationName, str]:
                raise PermissionMissing("looking", "permission denied for view seen")

        def connect() -> MemoryWarehouse:
            doing.opened += 1
            return Warehouse(doing.store)

        return Access(connect)


def test_a_user_who_may_not_look_sees_nothing(shop: Shop) -> None:
    access = Doing(shop.stage.store, lambda table: IntegrityCheck("")).access()
    with subject(shop.stage) as opened:
        (seen,) = looked(THERE, replace(opened, access=access))
    assert seen.findings == ()
    assert seen.unseen == "looking is not allowed: permission denied for view seen"


# What is stored.


def stored(shop: Shop, signal: Storage = STORED) -> tuple[Observation, ...]:
    with subject(shop.stage) as opened:
        return looked(signal, opened)


def test_nothing_is_damaged(shop: Shop) -> None:
    (seen,) = stored(shop)
    assert (seen.name, seen.findings, seen.unseen) == ("storage", (), None)
    assert seen.seen == "2 tables (nothing is stored): none damaged or changed"


def test_damage_is_critical_and_the_rest_is_checked_anew(shop: Shop) -> None:
    shop.stage.store.damaged[versioned("customers", 1)] = "a bad block"
    (seen,) = stored(shop)
    assert seen.seen == "2 tables (nothing is stored): 1 damaged or changed"
    (finding,) = seen.findings
    assert (finding.trigger, finding.severity) == (Trigger.INTEGRITY, Severity.CRITICAL)
    assert (finding.subject, finding.release) == ("storage of gold.customers", 1)
    assert finding.what == "what is stored of gold.customers is damaged"
    assert (finding.measured, finding.threshold) == ("a bad block", "no damage")
    assert finding.evidence == (
        "found in rewind_r1_gold.customers",
        "r1 built it",
    )


def test_a_connection_that_has_met_damage_is_not_used_again(shop: Shop) -> None:
    shop.stage.store.damaged[versioned("customers", 1)] = "a bad block"
    with subject(shop.stage) as opened:
        before = opened.reader
        looked(STORED, opened)
        assert opened.reader is not before


def test_other_content_in_as_many_rows_is_critical(shop: Shop) -> None:
    rows = shop.stage.store.rows(ORDERS)
    shop.stage.store.change_rows(ORDERS, [*rows[1:], ("orders", "other", "")])
    (seen,) = stored(shop)
    (finding,) = seen.findings
    assert finding.severity is Severity.CRITICAL
    assert finding.what == "gold.orders has another content than was published"
    assert finding.measured != finding.threshold
    assert finding.threshold.startswith("memory-1:")


def test_what_the_release_before_has_too_no_rollback_mends(shop: Shop) -> None:
    shop.deploy(customers=6)
    shop.stage.store.damaged[ORDERS] = "a bad block"
    shop.stage.store.damaged[versioned("customers", 2)] = "a bad block"
    with subject(shop.stage) as opened:
        customers, orders = found(STORED, opened)
    assert (customers.subject, customers.remedy) == ("storage of gold.customers", "")
    assert orders.remedy == "build it anew with `rewind deploy --full`: r1 has it as it is now, too"
    shop.stage.store.remove(ORDERS)
    gone, _ = there(shop)
    assert gone.remedy == orders.remedy


def test_another_number_of_rows_is_for_data_to_tell(shop: Shop) -> None:
    shop.stage.store.change_rows(ORDERS, [])
    (seen,) = stored(shop)
    assert seen.findings == ()


def test_what_is_written_in_place_meanwhile_is_not_judged(tmp_path: Path) -> None:
    shop = Shop(Stage(tmp_path))
    shop.deploy(log=10, rules=IN_PLACE)
    with subject(shop.stage) as opened:
        shop.models["log"] = Model("log 2", "incremental", outcome="error")
        with pytest.raises(BuildFailed):
            shop.deploy(rules=IN_PLACE)
        rows = shop.stage.store.rows(versioned("log", 1))
        shop.stage.store.change_rows(versioned("log", 1), [*rows[1:], ("log", "other", "")])
        (seen,) = looked(STORED, opened)
    assert (seen.findings, seen.unseen) == ((), MEANWHILE)
    (seen,) = stored(shop)
    assert (seen.findings, seen.unseen) == ((), None)


def test_figures_of_another_version_are_not_compared(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryWarehouse, "fingerprint_algorithm", lambda self: "memory-2")
    seen, missed = stored(shop)
    assert seen.findings == ()
    assert missed.unseen == "contents recorded by another version of the engine cannot be compared"


def test_what_cannot_be_checked_is_said_once_and_contents_are_compared(shop: Shop) -> None:
    rows = shop.stage.store.rows(ORDERS)
    shop.stage.store.change_rows(ORDERS, [*rows[1:], ("orders", "other", "")])
    without = Doing(shop.stage.store, lambda table: IntegrityCheck("", unseen=("no amcheck",)))
    with subject(shop.stage) as opened:
        seen, missed = looked(STORED, replace(opened, access=without.access()))
    assert seen.seen == "2 tables: 1 damaged or changed"
    assert missed.unseen == "no amcheck"


def test_a_check_that_fails_is_unseen_and_the_others_go_on(shop: Shop) -> None:
    def check(table: RelationName) -> IntegrityCheck:
        if table == versioned("customers", 1):
            raise WarehouseFailed(f"checking {table}", "no space for a snapshot")
        return IntegrityCheck("DBCC CHECKTABLE")

    doing = Doing(shop.stage.store, check)
    with subject(shop.stage) as opened:
        seen, missed = looked(STORED, replace(opened, access=doing.access()))
    assert seen.seen == "1 table (DBCC CHECKTABLE): none damaged or changed"
    assert missed.unseen == "checking rewind_r1_gold.customers failed: no space for a snapshot"
    assert doing.opened == 2


def test_checking_ends_after_a_while(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def check(table: RelationName) -> IntegrityCheck:
        nonlocal now
        now += 31
        return IntegrityCheck("read")

    monkeypatch.setattr("time.monotonic", lambda: now)
    with subject(shop.stage) as opened:
        access = Doing(shop.stage.store, check).access()
        seen, left = looked(Storage(30.0), replace(opened, access=access))
    assert seen.seen == "1 table (read): none damaged or changed"
    assert left.unseen == "1 table not checked in 30 s (triggers.integrity.time)"


def test_storage_is_checked_where_that_is_asked_for(shop: Shop) -> None:
    settings = workspace(shop.stage, {"triggers": {"integrity": {"time": "5m"}}}).config.triggers
    assert THERE in all_triggers(settings, Extent())
    assert Storage(300.0) in all_triggers(settings, Extent(integrity=True))
    assert Storage(300.0) not in all_triggers(settings, Extent())
