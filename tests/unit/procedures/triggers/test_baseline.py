"""The baseline: what is worse, what is not, and how often it is wrong about it."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.procedures.triggers.corpus import NOISES, Noise, rates

from dbt_rewind.procedures.triggers.baseline import Rule, slower
from dbt_rewind.procedures.triggers.build_times import compare_builds

RULE = Rule()
STEADY = [10.0, 10.2, 9.9, 10.1, 10.0, 9.8]

times = st.floats(min_value=0.001, max_value=100_000)
pasts = st.lists(times, min_size=5, max_size=30)
broken = st.sampled_from([None, 0.0, -1.0, nan, inf])


def test_twice_as_long_is_worse() -> None:
    found = slower(20.0, STEADY, RULE)
    assert found is not None
    assert (found.measured, found.samples) == (20.0, 6)
    assert found.usual == pytest.approx(10.0)
    assert found.threshold == pytest.approx(15.0)
    assert found.percent == pytest.approx(100)


@pytest.mark.parametrize(
    ("measured", "past"),
    [
        (14.9, STEADY),  # by less than half
        (20.0, STEADY[:4]),  # too few to compare with
        (0.04, [0.02] * 9),  # too short to say anything
        (20.0, [4.0, 30.0, 6.0, 25.0, 10.0, 9.0]),  # it has always varied so
        (20.0, [*STEADY[:4], 0.0, None]),
        (None, STEADY),
        (0.0, STEADY),
    ],
)
def test_what_is_not_worse(measured: float | None, past: list[float | None]) -> None:
    assert slower(measured, past, RULE) is None


def test_few_odd_times_do_not_move_the_baseline() -> None:
    assert slower(20.0, [*STEADY, 500.0, 0.01], RULE) is not None
    assert slower(10.0, [*STEADY, 0.01, 0.01], RULE) is None


@given(pasts, times)
def test_all_conditions_must_hold(past: list[float], measured: float) -> None:
    found = slower(measured, past, RULE)
    if found is not None:
        assert measured > found.threshold
        assert measured > found.usual * 1.5 * (1 - 1e-9)
        assert measured > found.usual + 0.5 * (1 - 1e-9)
        assert min(past) * (1 - 1e-9) <= found.usual <= max(past) * (1 + 1e-9)


@given(pasts, times, times)
def test_what_takes_longer_is_not_better(past: list[float], one: float, other: float) -> None:
    less, more = sorted((one, other))
    if slower(less, past, RULE) is not None:
        assert slower(more, past, RULE) is not None


@given(pasts, times, st.lists(broken, max_size=9))
def test_missing_times_change_nothing(
    past: list[float], measured: float, missing: list[float | None]
) -> None:
    assert slower(measured, [*missing, *past], RULE) == slower(measured, past, RULE)


@given(pasts, broken)
def test_no_time_is_never_worse(past: list[float], measured: float | None) -> None:
    assert slower(measured, past, RULE) is None


@given(st.lists(times, min_size=5, max_size=30))
def test_the_greatest_so_far_is_never_worse_again(past: list[float]) -> None:
    """At half or more such times, they are what is usual."""
    assert slower(max(past), [max(past)] * (len(past) + 1) + past, RULE) is None


@given(pasts, times)
def test_a_wider_rule_finds_less(past: list[float], measured: float) -> None:
    wide = Rule(worse_by=100, deviations=6, samples=8, floor=2)
    if slower(measured, past, wide) is not None:
        assert slower(measured, past, RULE) is not None


BUILD = {f"m{number}": 10.0 + number for number in range(8)}
PAST = [{node: seconds * factor for node, seconds in BUILD.items()} for factor in (1, 1.1, 0.9)] * 3


def test_one_node_that_became_slower_is_named() -> None:
    found = compare_builds({**BUILD, "m3": 40.0}, PAST, RULE)
    assert [node for node, _ in found.nodes] == ["m3"]
    assert found.nodes[0][1].measured == 40.0
    assert found.whole is None
    assert found.compared == 8


def test_the_worst_comes_first() -> None:
    found = compare_builds({**BUILD, "m3": 40.0, "m5": 90.0}, PAST, RULE)
    assert [node for node, _ in found.nodes] == ["m5", "m3"]


def test_a_slow_machine_is_one_finding_and_not_eight() -> None:
    found = compare_builds({node: seconds * 2 for node, seconds in BUILD.items()}, PAST, RULE)
    assert found.nodes == ()
    assert found.whole is not None
    assert found.whole.measured == sum(BUILD.values()) * 2


def test_a_fast_machine_accuses_nobody() -> None:
    build = {node: seconds / 4 for node, seconds in BUILD.items()}
    found = compare_builds({**build, "m3": BUILD["m3"]}, PAST, RULE)
    assert (found.whole, found.nodes) == (None, ())


def test_few_nodes_are_compared_as_they_are() -> None:
    build = {"m1": 30.0, "m2": 30.0}
    found = compare_builds(build, PAST, RULE)
    assert [node for node, _ in found.nodes] == ["m1", "m2"]
    assert found.whole is not None


def test_a_single_node_is_not_said_twice() -> None:
    found = compare_builds({"m1": 40.0}, PAST, RULE)
    assert len(found.nodes) == 1
    assert found.whole is None


def test_new_nodes_and_missing_times_are_not_compared() -> None:
    assert compare_builds({"new": 500.0, "m1": 0.0}, PAST, RULE).compared == 0
    assert compare_builds({}, PAST, RULE).compared == 0
    assert compare_builds(BUILD, [], RULE).compared == 0


def test_builds_of_few_nodes_say_nothing_of_the_whole() -> None:
    part = [{"m0": 10.0}] * 20
    found = compare_builds({node: seconds * 3 for node, seconds in BUILD.items()}, part, RULE)
    assert found.whole is None


@pytest.mark.parametrize("noise", NOISES[:2], ids=lambda noise: noise.name)
def test_how_often_it_is_wrong(noise: Noise) -> None:
    """At the most; the figures of every kind of noise are in the reference, and compared there."""
    false, missed_one, missed_three, missed_all = rates(noise)
    assert false <= 0.01
    assert missed_one <= 0.15
    assert missed_three == 0
    assert missed_all <= 0.1
