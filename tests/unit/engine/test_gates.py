"""Gates: what is found, what stops, what is let through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.double import Model, pointer, versioned
from tests.unit.engine.releases import node
from tests.unit.engine.stage import Stage

from dbt_rewind.engine.gates import Side, accept, compare
from dbt_rewind.engine.rules import GateRules, ModelRules, Rules
from dbt_rewind.errors import GateStopped
from dbt_rewind.model import (
    Column,
    ColumnProfile,
    Gate,
    GateFinding,
    GateLevel,
    RelationInfo,
    RelationKind,
    ReleaseNode,
)

ORDERS = pointer("orders")


def side(made: ReleaseNode, columns: Sequence[ColumnProfile] = ()) -> Side:
    info = RelationInfo(
        made.relation, RelationKind.TABLE, tuple(Column(c.name, c.type) for c in columns)
    )
    return Side((made,), {made.relation: info}, {made.unique_id: tuple(columns)})


def found(
    before: int | None,
    after: int | None,
    rules: GateRules | None = None,
    was: Sequence[ColumnProfile] = (),
    is_now: Sequence[ColumnProfile] = (),
    duplicates: Mapping[str, tuple[int, int]] | None = None,
) -> list[tuple[Gate, GateLevel, str]]:
    findings = compare(
        side(node("orders", 1, rows=before), was),
        side(node("orders", 2, rows=after), is_now),
        Rules(ModelRules(rules or GateRules())),
        duplicates,
    )
    assert {finding.pointer for finding in findings} <= {ORDERS}
    return [(finding.gate, finding.level, finding.words) for finding in findings]


def column(
    name: str, nulls: int = 0, total: str | None = None, type_name: str = "INTEGER"
) -> ColumnProfile:
    return ColumnProfile(name, type_name, nulls, total)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (100, 49, "goes from 100 to 49 rows (-51.0 %)"),
        (100, 0, "goes from 100 to 0 rows (-100.0 %)"),
        (100, 50, None),
        (100, 100_000, None),
        (0, 0, None),
        (None, 0, None),
        (100, None, None),
    ],
)
def test_a_table_that_loses_more_than_half_stops(
    before: int | None, after: int | None, words: str | None
) -> None:
    assert found(before, after) == ([(Gate.ROWS, GateLevel.STOP, words)] if words else [])


@given(before=st.integers(1, 10**6), after=st.integers(0, 10**6), limit=st.floats(0, 100))
def test_the_limit_of_rows_is_exact(before: int, after: int, limit: float) -> None:
    stops = bool(found(before, after, GateRules(max_loss=limit)))
    assert stops == (100 * (before - after) / before > limit)


def test_rows_may_be_limited_upwards_too() -> None:
    rules = GateRules(max_gain=10, max_loss=None)
    assert found(100, 0, rules) == []
    assert found(100, 110, rules) == []
    assert found(100, 111, rules)[0][2] == "goes from 100 to 111 rows (+11.0 %)"


def test_a_name_that_is_gone_stops() -> None:
    before, after = side(node("orders", 1)), side(node("people", 2))
    findings = compare(before, after, Rules())
    assert findings == (GateFinding(Gate.VANISHED, ORDERS, GateLevel.STOP, "is gone"),)
    assert findings[0].stops


def test_columns_that_come_go_or_change_are_told() -> None:
    was = [column("id"), column("gone"), column("amount")]
    is_now = [column("id"), column("new"), column("amount", type_name="VARCHAR")]
    assert found(1, 1, None, was, is_now) == [
        (Gate.COLUMNS, GateLevel.WARN, "has no column gone any more"),
        (Gate.COLUMNS, GateLevel.WARN, "has a new column new"),
        (Gate.COLUMNS, GateLevel.WARN, "has amount as VARCHAR, no longer as INTEGER"),
    ]


def test_the_share_of_nulls_counts_and_not_their_number() -> None:
    assert found(100, 1000, None, [column("a", 10)], [column("a", 100)]) == []
    assert found(100, 100, None, [column("a", 10)], [column("a", 61)]) == [
        (Gate.NULLS, GateLevel.WARN, "a is NULL in 61.0 % of the rows, before in 10.0 %")
    ]
    rules = GateRules(max_nulls={"a": 0}, nulls=GateLevel.STOP)
    assert found(100, 100, rules, [column("a"), column("b")], [column("a", 1), column("b", 9)]) == [
        (Gate.NULLS, GateLevel.STOP, "a is NULL in 1.0 % of the rows, before in 0.0 %")
    ]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("100.00", "110.00", None),
        ("100.00", "110.01", "a sums to 110.01, before to 100.00 (+10.0 %)"),
        ("-100", "-111", "a sums to -111, before to -100 (-11.0 %)"),
        ("0", "0", None),
        ("0", "5", "a sums to 5, before to 0 (+100.0 %)"),
        ("1", "inf", "a sums to inf, before to 1"),
        ("nan", "nan", None),
        (None, "1", None),
    ],
)
def test_sums_are_compared_where_a_gate_asks(
    before: str | None, after: str | None, words: str | None
) -> None:
    rules = GateRules(max_change={"a": 10})
    was, is_now = [column("a", total=before)], [column("a", total=after)]
    told = [text for _, _, text in found(9, 9, rules, was, is_now)]
    assert told == ([words] if words else [])
    assert found(9, 9, None, was, is_now) == []


def test_a_key_counts_only_if_it_was_unique_before() -> None:
    for both, stops in (((0, 2), True), ((1, 2), False), ((0, 0), False)):
        told = found(9, 9, None, duplicates={"model.shop.orders": both})
        assert bool(told) == stops
    assert found(9, 9, None, duplicates={"model.shop.orders": (0, 2)}) == [
        (Gate.UNIQUE, GateLevel.STOP, "has 2 values of its key in more than one row")
    ]


def test_what_leads_to_the_same_relation_is_not_compared() -> None:
    made = node("orders", 1, rows=9)
    assert compare(side(made), side(replace(made, rows=0)), Rules()) == ()
    written = replace(made, rows=0, in_place="checkpoint: none")
    assert [each.gate for each in compare(side(made), side(written), Rules())] == [Gate.ROWS]


def test_a_model_has_rules_of_its_own() -> None:
    before, after = side(node("orders", 1, rows=9)), side(node("orders", 2, rows=0))
    for name in ("orders", "model.shop.orders"):
        rules = Rules(models={name: ModelRules(GateRules(rows=GateLevel.OFF))})
        assert compare(before, after, rules) == ()
    assert Rules(models={"orders": ModelRules(), "x": ModelRules()}).unknown(
        frozenset({"model.shop.orders"})
    ) == ("x",)


@pytest.mark.parametrize(
    ("accepted", "let_through"),
    [("rows", True), ("rows:gold.orders", True), ("rows:orders", True), ("rows:gold.other", False)],
)
def test_a_finding_is_accepted_by_gate_or_by_name(accepted: str, let_through: bool) -> None:
    findings = compare(side(node("orders", 1, rows=9)), side(node("orders", 2, rows=0)), Rules())
    (finding,) = accept(findings, [accepted, "columns"])
    assert finding.accepted == let_through
    assert finding.stops != let_through


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


BOTH = {"orders": Model("1"), "people": Model("1")}
ONE = {"orders": Model("2")}


def test_a_stopped_release_is_kept_and_users_see_the_live_one(stage: Stage) -> None:
    stage.deploy(BOTH)
    before = stage.seen
    with pytest.raises(GateStopped) as raised:
        stage.deploy(ONE)
    assert raised.value.release == "r2"
    assert "gold.people is gone" in raised.value.message
    assert stage.seen == before
    assert stage.states() == ["live", "stopped"]
    assert stage.store.rows(versioned("orders", 2))
    stage.assert_consistent()


def test_what_is_accepted_is_published_as_it_was_built(stage: Stage) -> None:
    stage.deploy(BOTH)
    first = stage.seen
    with pytest.raises(GateStopped):
        stage.deploy(ONE)
    opened = len(stage.versions)
    deployed = stage.deploy(ONE, accepted=["vanished"])
    assert len(stage.versions) == opened, "dbt was not asked again"
    assert deployed.release.number == 2
    assert [finding.accepted for finding in deployed.release.gates] == [True]
    assert stage.codes == {"gold.orders": "2"}
    (event,) = [e for e in stage.history.events if e.payload.get("accepted")]
    assert event.payload["accepted"][0]["words"] == "is gone"
    stage.rollback()
    assert stage.seen == first
    stage.rollback("r2")
    assert stage.codes == {"gold.orders": "2"}
    stage.assert_consistent()


def test_it_is_built_again_when_something_else_went_live(stage: Stage) -> None:
    stage.deploy(BOTH)
    with pytest.raises(GateStopped):
        stage.deploy(ONE)
    stage.deploy({**BOTH, "people": Model("3")})
    assert stage.deploy(ONE, accepted=["vanished"]).release.number == 4
    assert stage.states() == ["superseded", "stopped", "superseded", "live"]


def test_accepting_another_gate_stops_it_again(stage: Stage) -> None:
    stage.deploy(BOTH)
    for _ in range(2):
        with pytest.raises(GateStopped):
            stage.deploy(ONE, accepted=["rows"])
    assert "live" in stage.states()
    stage.assert_consistent()


def test_a_rollback_is_told_and_never_stopped(stage: Stage) -> None:
    stage.deploy(ONE)
    stage.deploy({**ONE, "people": Model("1")})
    planned = stage.rollback()
    assert [(each.gate, each.stops) for each in planned.findings] == [(Gate.VANISHED, True)]
    assert stage.codes == {"gold.orders": "2"}


def test_a_deploy_of_what_was_live_before_is_not_stopped(stage: Stage) -> None:
    stage.deploy(ONE)
    stage.deploy({**ONE, "people": Model("1")})
    assert stage.deploy(ONE).reused == 1
    assert stage.codes == {"gold.orders": "2"}


def test_a_broken_key_of_an_incremental_model_stops(stage: Stage) -> None:
    rules = Rules(ModelRules(GateRules(unique_key=("model",))))
    stage.deploy({"log": Model("1", "incremental")}, rules=rules)
    with pytest.raises(GateStopped, match="values of its key"):
        stage.deploy({"log": Model("2", "incremental")}, rules=rules)
    # It was broken before: then there is nothing to keep.
    stage.deploy({"log": Model("2", "incremental")}, rules=rules, accepted=["unique"])
    stage.deploy({"log": Model("3", "incremental")}, rules=rules)
    stage.assert_consistent()
