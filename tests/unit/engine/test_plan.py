"""Plans: what moves, what is refused before anything is done."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.releases import node, release

from dbt_rewind.engine.plan import (
    BuildNodes,
    CheckGates,
    CloneRelation,
    MeasureNodes,
    Plan,
    Publish,
    check_pointers,
    describe_state,
    plan_build_of,
    plan_moves,
    plan_publish,
)
from dbt_rewind.errors import PointerDrifted, PointerOccupied, ReleaseNotRestorable
from dbt_rewind.model import PointerMove, PointerState, RelationKind, RelationName, Release

PUBLIC = [RelationName("shop", "gold", name) for name in "abcdef"]
BUILT = [RelationName("shop", "rewind_gold", f"{name}__r1") for name in "abcdef"]
MAPS = st.dictionaries(st.sampled_from(PUBLIC), st.sampled_from(BUILT))
Names = Mapping[RelationName, RelationName]


def applied(names: Names, moves: Collection[PointerMove]) -> Names:
    """What the names lead to when all moves are done, each from where it says."""
    result = dict(names)
    for move in moves:
        assert result.pop(move.pointer, None) == move.before
        if move.after is not None:
            result[move.pointer] = move.after
    return result


@given(MAPS, MAPS)
def test_moves_lead_from_one_to_the_other_and_back(before: Names, after: Names) -> None:
    forward, back = plan_moves(before, after), plan_moves(after, before)
    assert applied(before, forward) == after
    assert applied(applied(before, forward), back) == before
    assert applied(applied(applied(before, forward), back), forward) == after


@given(MAPS, MAPS)
def test_only_what_differs_moves_once_and_in_order(before: Names, after: Names) -> None:
    moves = plan_moves(before, after)
    names = [move.pointer for move in moves]
    assert names == sorted(set(names))
    assert set(names) == {n for n in (*before, *after) if before.get(n) != after.get(n)}
    assert [(m.pointer, m.after, m.before) for m in moves] == [
        (m.pointer, m.before, m.after) for m in plan_moves(after, before)
    ]


@given(MAPS)
def test_nothing_moves_to_where_it_is(names: Names) -> None:
    assert plan_moves(names, names) == ()


def states_of(names: Names, asked: Collection[RelationName]) -> dict[RelationName, PointerState]:
    return {name: PointerState(name, names.get(name)) for name in asked}


@given(MAPS)
def test_pointers_that_stand_as_believed_pass(names: Names) -> None:
    believed = {**dict.fromkeys(PUBLIC), **names}
    check_pointers(believed, states_of(names, PUBLIC))


@given(MAPS, MAPS)
def test_any_pointer_that_stands_otherwise_is_refused(names: Names, found: Names) -> None:
    believed = {**dict.fromkeys(PUBLIC), **names}
    drifted = [name for name in PUBLIC if names.get(name) != found.get(name)]
    if not drifted:
        check_pointers(believed, states_of(found, PUBLIC))
        return
    with pytest.raises(PointerDrifted) as raised:
        check_pointers(believed, states_of(found, PUBLIC))
    assert raised.value.pointer == str(drifted[0])


A, B = PUBLIC[:2]
A1, B1 = BUILT[:2]


@pytest.mark.parametrize("kind", RelationKind)
def test_a_strangers_relation_under_a_new_name_is_named(kind: RelationKind) -> None:
    with pytest.raises(PointerOccupied) as raised:
        check_pointers({A: None}, {A: PointerState(A, None, kind)})
    assert (raised.value.pointer, raised.value.kind) == ("gold.a", kind.value)


def test_a_strangers_relation_where_a_pointer_was_is_drift() -> None:
    state = PointerState(A, None, RelationKind.TABLE)
    with pytest.raises(PointerDrifted) as raised:
        check_pointers({A: A1}, {A: state})
    assert raised.value.expected == "rewind_gold.a__r1"
    assert raised.value.found == "a table of another make"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (PointerState(A, None), "missing"),
        (PointerState(A, B1), "leading to rewind_gold.b__r1"),
        (PointerState(A, None, RelationKind.VIEW), "a view of another make"),
    ],
)
def test_what_stands_under_a_name_in_words(state: PointerState, words: str) -> None:
    assert describe_state(state) == words


def publish_plan(target: Release, live: Release | None, **other: object) -> Plan:
    arguments = {"present": {each.relation for each in target.nodes}, **other}
    return plan_publish("rollback", "head", target, live, **arguments)  # type: ignore[arg-type]


def test_a_publish_is_one_step_and_writes_nothing() -> None:
    first, second = release(1), release(2)
    plan = publish_plan(first, second)
    assert plan.steps == (Publish(1, 2, plan.moves),)
    assert (plan.operation, plan.environment, plan.release) == ("rollback", "prod", 1)
    assert (plan.head, plan.nodes, plan.writes) == ("head", first.nodes, ())
    assert [str(move.after) for move in plan.moves] == ["rewind_gold.orders__r1"]


def test_a_publish_of_equal_data_moves_nothing() -> None:
    shared = node("orders", 1)
    assert publish_plan(release(1, shared), release(2, shared)).moves == ()


def test_a_first_publish_creates_every_pointer() -> None:
    plan = publish_plan(release(1, node("a", 1), node("b", 1)), None)
    assert [(move.before, str(move.pointer)) for move in plan.moves] == [
        (None, "gold.a"),
        (None, "gold.b"),
    ]


def test_a_release_whose_relation_is_gone_cannot_go_live() -> None:
    """Invariant 1: never a missing object."""
    with pytest.raises(ReleaseNotRestorable) as raised:
        publish_plan(release(1), release(2), present=set())
    assert "rewind_gold.orders__r1 no longer exists" in raised.value.message


def deploy_plan(
    number: int,
    built: Collection[str],
    reused: Collection[str] = (),
    stateful: Collection[str] = (),
    live: Release | None = None,
    tests: int = 0,
) -> Plan:
    taken = [each for each in (live.nodes if live else ()) if each.unique_id[11:] in reused]
    made = [node(name, number) for name in built]
    sources = {f"model.shop.{name}": node(name, 1).relation for name in stateful}
    return plan_build_of("deploy", "prod", "head", number, made, taken, sources, live, tests)


def test_a_deploy_clones_then_builds_then_measures_then_publishes() -> None:
    live = release(1, node("log", 1), node("orders", 1), node("people", 1))
    plan = deploy_plan(2, ["orders", "log"], ["people"], ["log"], live, tests=4)
    clone, build, measure, gates, publish = plan.steps
    log, orders = node("log", 2), node("orders", 2)
    assert clone == CloneRelation("model.shop.log", node("log", 1).relation, log.relation)
    assert build == BuildNodes((log, orders), 4)
    assert measure == MeasureNodes((log, orders))
    assert gates == CheckGates((log, orders))
    assert publish == Publish(2, 1, plan.moves)
    assert plan.writes == (log.relation, orders.relation)
    assert [str(move.pointer) for move in plan.moves] == ["gold.log", "gold.orders"]
    assert [each.unique_id for each in plan.nodes] == [
        f"model.shop.{n}" for n in ("log", "orders", "people")
    ]


def test_a_removed_model_loses_its_pointer_only() -> None:
    live = release(1, node("old", 1), node("orders", 1))
    plan = deploy_plan(2, [], ["orders"], live=live)
    assert plan.steps == (
        CheckGates(()),
        Publish(2, 1, (PointerMove(node("old", 1).pointer, node("old", 1).relation, None),)),
    )
    assert plan.writes == ()


def test_changed_tests_alone_are_run_and_nothing_moves() -> None:
    live = release(1)
    plan = deploy_plan(2, [], ["orders"], live=live, tests=1)
    assert [type(step) for step in plan.steps] == [BuildNodes, MeasureNodes, CheckGates, Publish]
    assert (plan.moves, plan.writes) == ((), ())


def test_a_pointer_that_is_lost_is_made_again() -> None:
    live = release(1, node("orders", 1))
    plan = publish_plan(release(2, node("orders", 2)), live, lost={node("orders", 1).pointer})
    assert [move.before for move in plan.moves] == [None]
