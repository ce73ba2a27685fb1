"""The trigger `data`: rows that are lost since the publish, and beside earlier releases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.engine.double import Model, versioned
from tests.unit.engine.stage import Stage
from tests.unit.procedures.triggers.shop import NO_GATE, Shop
from tests.unit.procedures.triggers.subject import found, looked, subject, workspace

from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.config.triggers import DataTrigger
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.rules import Rules
from dbt_rewind.errors import BuildFailed, WarehouseFailed
from dbt_rewind.model import Measure, Observation, RelationName, Severity, Trigger
from dbt_rewind.procedures.triggers.all import Extent, all_triggers
from dbt_rewind.procedures.triggers.row_limits import RowLimits, limits_for, unusual
from dbt_rewind.procedures.triggers.rows_before import RowsBefore
from dbt_rewind.procedures.triggers.rows_now import RowsNow
from dbt_rewind.warehouse.memory import MemoryWarehouse

NOW = RowsNow(50.0, 60.0)
BEFORE = RowsBefore(DataTrigger())
IN_PLACE = Rules(replace(NO_GATE.default, copied=False))
NOTHING: Mapping[str, Any] = {}
ROWS = [("orders", "1", "")]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(Stage(tmp_path))


def counted(shop: Shop) -> Observation:
    with subject(shop.stage) as opened:
        (seen,) = looked(NOW, opened)
    assert seen.unseen is None
    return seen


def compared(shop: Shop, settings: Mapping[str, Any] = NOTHING, **data: Any) -> Observation:
    with subject(shop.stage, settings) as opened:
        (seen,) = looked(RowsBefore(DataTrigger(**data)), opened)
    assert seen.unseen is None
    return seen


# What was published, counted now.


def test_nothing_is_lost(shop: Shop) -> None:
    shop.deploy(orders=10, customers=5)
    seen = counted(shop)
    assert (seen.name, seen.findings) == ("rows since the publish", ())
    assert seen.seen == "2 tables counted: none unlike its record"


def test_a_published_table_that_has_lost_rows(shop: Shop) -> None:
    shop.deploy(orders=1200, customers=5)
    shop.deploy(customers=6)
    shop.stage.store.change_rows(versioned("orders", 1), ROWS * 1199)
    seen = counted(shop)
    assert seen.seen == "2 tables counted: 1 unlike its record"
    (finding,) = seen.findings
    assert (finding.trigger, finding.severity) == (Trigger.DATA, Severity.HIGH)
    assert (finding.subject, finding.release) == ("gold.orders", 2)
    assert finding.what == "gold.orders has lost 1 row since it was published"
    assert (finding.measured, finding.threshold) == ("1,199 rows", "1,200 rows, as recorded")
    assert finding.evidence == (
        "counted in rewind_r1_gold.orders, which nobody should write to",
        "r1 built it",
    )


def test_a_table_that_the_release_before_has_too_is_built_anew(shop: Shop) -> None:
    shop.deploy(orders=10, customers=5)
    shop.deploy(customers=6)
    shop.stage.store.change_rows(versioned("orders", 1), ROWS)
    shop.stage.store.change_rows(versioned("customers", 2), ROWS)
    with subject(shop.stage) as opened:
        customers, orders = found(NOW, opened)
    assert customers.remedy == ""
    assert orders.remedy == "build it anew with `rewind deploy --full`: r1 has it as it is now, too"


@pytest.mark.parametrize(
    ("rows", "severity", "words"),
    [
        (0, Severity.CRITICAL, "has lost all its 10 rows"),
        (4, Severity.CRITICAL, "has lost 6 rows"),
        (5, Severity.HIGH, "has lost 5 rows"),
        (11, Severity.HIGH, "has got 1 more row"),
    ],
)
def test_how_bad_a_difference_is(shop: Shop, rows: int, severity: Severity, words: str) -> None:
    shop.deploy(orders=10)
    shop.stage.store.change_rows(versioned("orders", 1), ROWS * rows)
    (finding,) = counted(shop).findings
    assert finding.severity is severity
    assert finding.what == f"gold.orders {words} since it was published"


def test_that_all_is_lost_is_critical_whatever_the_limit(shop: Shop) -> None:
    shop.deploy(orders=10, customers=10)
    shop.stage.store.change_rows(versioned("orders", 1), [])
    shop.stage.store.change_rows(versioned("customers", 1), ROWS)
    with subject(shop.stage) as opened:
        found_ = found(RowsNow(None, 60.0), opened)
    assert [each.severity for each in found_] == [Severity.HIGH, Severity.CRITICAL]


def test_rows_in_a_table_that_was_published_empty(shop: Shop) -> None:
    shop.deploy(orders=0)
    shop.stage.store.change_rows(versioned("orders", 1), ROWS)
    (finding,) = counted(shop).findings
    assert finding.severity is Severity.HIGH


def test_views_may_change_and_are_not_counted(shop: Shop) -> None:
    shop.models["seen"] = Model("v", "view", parents=("orders",))
    shop.deploy(orders=10)
    assert counted(shop).seen == "1 table counted: none unlike its record"


def test_what_a_later_release_has_written_on_in_is_passed_over(shop: Shop) -> None:
    shop.deploy(log=10, orders=1, rules=IN_PLACE)
    shop.deploy(log=20, rules=IN_PLACE)
    assert counted(shop).seen == "2 tables counted: none unlike its record"
    shop.stage.rollback()
    assert counted(shop).seen == "1 table counted: none unlike its record"


def test_a_build_that_writes_in_place_while_it_is_looked_at(shop: Shop) -> None:
    shop.deploy(log=10, rules=IN_PLACE)
    with subject(shop.stage) as opened:
        shop.models["log"] = Model("log 2", "incremental", outcome="error")
        with pytest.raises(BuildFailed):
            shop.deploy(rules=IN_PLACE)
        shop.stage.store.change_rows(versioned("log", 1), ROWS * 3)
        (seen,) = looked(NOW, opened)
    assert seen.findings == ()
    assert seen.unseen == (
        "another release went live, or is written in place, meanwhile: look again"
    )
    assert counted(shop).seen == "0 tables counted: none unlike its record"


def test_a_release_that_goes_live_while_it_is_looked_at(shop: Shop) -> None:
    shop.deploy(orders=10)
    with subject(shop.stage) as opened:
        shop.deploy(orders=12)
        shop.stage.store.change_rows(versioned("orders", 1), [])
        (seen,) = looked(NOW, opened)
    assert (seen.findings, seen.unseen is None) == ((), False)


def test_a_table_that_is_gone_is_not_for_this_look_to_tell(shop: Shop) -> None:
    shop.deploy(orders=10)
    shop.stage.store.remove(versioned("orders", 1))
    assert counted(shop).findings == ()


class Unreadable(MemoryWarehouse):
    """A warehouse that fails to count `bad`, and calls `counting` before it counts another."""

    bad: RelationName | None = None
    counting: Callable[[], None] = staticmethod(lambda: None)

    def measure(
        self, relation: RelationName, *, fingerprint: bool, totals: Collection[str] = ()
    ) -> Measure:
        self.counting()
        if relation == self.bad:
            raise WarehouseFailed(f"measuring {relation}", "a bad block")
        return super().measure(relation, fingerprint=fingerprint, totals=totals)


def test_a_table_that_cannot_be_counted_is_unseen_and_the_others_are_seen(shop: Shop) -> None:
    shop.deploy(orders=10, customers=5)
    shop.stage.store.change_rows(versioned("customers", 1), [])
    warehouse = Unreadable(shop.stage.store)
    warehouse.bad = versioned("orders", 1)
    with subject(shop.stage) as opened:
        seen, bad = looked(NOW, replace(opened, access=Access(lambda: warehouse)))
    assert [each.subject for each in seen.findings] == ["gold.customers"]
    assert seen.seen == "1 table counted: 1 unlike its record"
    assert bad.name == "rows of gold.orders"
    assert bad.unseen == "measuring rewind_r1_gold.orders failed: a bad block"


def test_counting_ends_after_a_while_with_the_largest_tables(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.deploy(orders=100, customers=5)
    now = 0.0

    def pass_time() -> None:
        nonlocal now
        now += 31

    monkeypatch.setattr("time.monotonic", lambda: now)
    warehouse = Unreadable(shop.stage.store)
    warehouse.counting = pass_time
    with subject(shop.stage) as opened:
        seen, left = looked(RowsNow(50.0, 30.0), replace(opened, access=Access(lambda: warehouse)))
    assert seen.seen == "1 table counted: none unlike its record"
    assert left.name == "rows of larger tables"
    assert left.unseen == "1 table not counted in 30 s (triggers.data.time)"


# What was recorded, beside what was recorded before.


def deployed(shop: Shop, *counts: int) -> None:
    for rows in counts:
        shop.deploy(orders=rows)


def test_a_release_like_those_before_it(shop: Shop) -> None:
    deployed(shop, 100, 102, 101, 103)
    seen = compared(shop)
    assert (seen.name, seen.findings) == ("rows beside earlier releases", ())
    assert seen.seen == "1 of 1 compared: none unusual"


def test_a_release_that_has_lost_rows(shop: Shop) -> None:
    deployed(shop, 1000, 1020, 980, 400)
    seen = compared(shop)
    assert seen.seen == "1 of 1 compared: 1 unusual"
    (finding,) = seen.findings
    assert (finding.trigger, finding.severity) == (Trigger.DATA, Severity.HIGH)
    assert finding.subject == "gold.orders beside earlier releases"
    assert finding.what == "gold.orders has 60 % fewer rows than usual"
    assert (finding.measured, finding.threshold) == ("400 rows", "at least 500 rows")
    assert finding.evidence == (
        "usually 1,000 rows, the median of 3 earlier counts",
        "r4 built it",
    )
    assert finding.release == 4


def test_a_release_with_far_more_rows(shop: Shop) -> None:
    deployed(shop, 10, 10, 10, 31)
    (finding,) = compared(shop).findings
    assert finding.severity is Severity.MEDIUM
    assert finding.what == "gold.orders has 210 % more rows than usual"
    assert finding.threshold == "at most 30 rows"


def test_a_table_that_was_emptied_is_critical(shop: Shop) -> None:
    deployed(shop, 10, 10, 10, 0)
    (finding,) = compared(shop).findings
    assert finding.severity is Severity.CRITICAL
    assert finding.what == "gold.orders is empty, which is unusual"
    assert finding.measured == "0 rows"


def test_a_table_that_was_empty_before_is_less_bad(shop: Shop) -> None:
    deployed(shop, 10, 0, 10, 0)
    (finding,) = compared(shop).findings
    assert finding.severity is Severity.HIGH


@pytest.mark.parametrize("counts", [(0, 0, 10, 0), (0, 0, 10, 1000), (0, 0, 0, 1000)])
def test_a_table_that_is_usually_empty_never_triggers(shop: Shop, counts: tuple[int, ...]) -> None:
    deployed(shop, *counts)
    assert compared(shop).findings == ()


def test_too_few_counts_say_nothing(shop: Shop) -> None:
    deployed(shop, 1000, 1000, 1)
    seen = compared(shop)
    assert (seen.seen, seen.findings) == ("nothing has 3 earlier counts yet", ())
    assert compared(shop, samples=2).findings != ()
    shop.deploy(orders=1000, customers=5)
    assert compared(shop).seen == "1 of 2 compared; 1 have too few counts: none unusual"


def test_what_was_taken_over_counts_once_and_is_judged_on(shop: Shop) -> None:
    shop.deploy(orders=1000, customers=1)
    deployed(shop, 1000, 1000, 400)
    for _ in range(6):
        shop.deploy(customers=1)
    (finding,) = compared(shop).findings
    assert finding.subject == "gold.orders beside earlier releases"
    assert finding.evidence[1] == "r4 built it"


def test_what_was_rolled_back_or_is_newer_is_no_measure(shop: Shop) -> None:
    deployed(shop, 10, 10, 1000)
    shop.stage.rollback()
    shop.deploy(orders=1000)
    assert compared(shop).seen == "nothing has 3 earlier counts yet"
    shop.stage.rollback("r2")
    assert compared(shop).seen == "nothing has 3 earlier counts yet"


def test_only_the_last_counts_are_compared(shop: Shop) -> None:
    deployed(shop, 1000, 1000, 1000, 1000, 10, 10, 10, 10)
    assert compared(shop).findings == ()
    assert compared(shop, releases=7).findings != ()


def test_a_loss_that_was_let_through_is_usual_from_then_on(shop: Shop) -> None:
    deployed(shop, 1000, 1000, 1000)
    shop.deploy(Rules(), orders=400, accepted=("rows",))
    assert compared(shop).findings == ()
    shop.deploy(Rules(), orders=390)
    shop.deploy(Rules(), orders=410)
    assert compared(shop).seen == "nothing has 3 earlier counts yet"
    deployed(shop, 100)
    assert [each.measured for each in compared(shop).findings] == ["100 rows"]


def test_a_model_that_was_removed_is_no_loss(shop: Shop) -> None:
    for _ in range(3):
        shop.deploy(orders=10, customers=10)
    del shop.models["customers"]
    shop.deploy(orders=10)
    assert compared(shop).seen == "1 of 1 compared: none unusual"


def test_each_write_in_place_is_a_count_of_its_own(shop: Shop) -> None:
    for rows in (100, 200, 300, 40):
        shop.deploy(log=rows, rules=IN_PLACE)
    live = shop.stage.live
    assert live is not None
    assert [node.relation for node in live.nodes] == [versioned("log", 1)]
    (finding,) = compared(shop).findings
    assert finding.evidence[0] == "usually 200 rows, the median of 3 earlier counts"


def test_a_models_own_gate_goes_before(shop: Shop) -> None:
    deployed(shop, 100, 100, 100, 40)

    def with_gate(rows: Any) -> Mapping[str, Any]:
        return {"models": {"orders": {"gates": {"rows": rows}}}}

    assert compared(shop, with_gate({"max_loss": 60})).findings == ()
    assert compared(shop, with_gate("off")).findings == ()
    assert len(compared(shop, with_gate({"max_loss": 59})).findings) == 1
    assert len(compared(shop, with_gate({"max_gain": 10})).findings) == 1
    assert len(compared(shop, {"models": {"orders": {"checkpoint": "none"}}}).findings) == 1
    assert compared(shop, max_loss=None).findings == ()


def test_whose_limits_are_whose() -> None:
    default = RowLimits()
    config = RewindConfig.model_validate(
        {
            "version": 1,
            "environments": {"prod": {"target": "prod"}},
            "gates": {"rows": {"max_loss": 1}},
            "models": {
                "model.shop.orders": {"gates": {"rows": {"max_gain": None}}},
                "customers": {"gates": {"nulls": "off"}},
            },
        }
    )
    assert limits_for("model.shop.orders", default, config) == RowLimits(50.0, None)
    assert limits_for("model.shop.customers", default, config) == default
    assert limits_for("model.shop.items", default, config) == default


def test_a_limit_that_allows_any_loss_allows_that_of_all() -> None:
    assert unusual(0, (10, 10, 10), RowLimits(max_loss=100)) is None
    assert unusual(0, (10, 10, 10), RowLimits(max_loss=None)) is None
    assert unusual(10**9, (10, 10, 10), RowLimits(max_gain=None)) is None
    assert unusual(10, (), RowLimits(samples=0)) is None


def test_both_looks_are_always_made(shop: Shop) -> None:
    shop.deploy(orders=1)
    settings = {"triggers": {"data": {"max_loss": 20, "time": "2m"}}}
    data = workspace(shop.stage, settings).config.triggers
    signals = all_triggers(data, Extent())
    assert RowsNow(20.0, 120.0) in signals
    assert RowsBefore(data.data) in signals
