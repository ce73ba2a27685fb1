"""An environment's state is derived from its events, and only from a whole chain (invariant 4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.releases import AT, Chain, node, release

from dbt_rewind.engine.derive import derive_history
from dbt_rewind.engine.history import HEALTHY, RESTORABLE, ReleaseState
from dbt_rewind.errors import ChainBroken
from dbt_rewind.model import Event, EventKind, RelationName, TestSummary, next_event


@pytest.fixture
def chain() -> Chain:
    return Chain()


def test_before_the_first_event_there_is_nothing() -> None:
    history = derive_history("prod", ())
    assert (history.live, history.head, history.unfinished) == (None, None, None)
    assert (history.releases, history.next_number, history.newest_first()) == ({}, 1, ())


def test_a_release_is_building_then_built_then_live(chain: Chain) -> None:
    made = release(1)
    assert chain.started(made).states() == ["building"]
    assert chain.built(made).states() == ["built"]
    assert chain.history.live is None
    assert chain.published(1).states() == ["live"]
    assert chain.history.live == chain.history.releases[1]


def test_a_deploy_supersedes(chain: Chain) -> None:
    assert chain.deployed(1, 2, 3).states() == ["superseded", "superseded", "live"]


def test_a_rollback_rolls_back_and_going_forward_again_supersedes(chain: Chain) -> None:
    assert chain.deployed(1, 2).rolled_back(1).states() == ["live", "rolled back"]
    assert chain.rolled_back(2).states() == ["superseded", "live"]
    assert chain.rolled_back(1).states() == ["live", "rolled back"]


def test_a_rollback_over_several_touches_only_the_one_that_was_live(chain: Chain) -> None:
    chain.deployed(1, 2, 3).rolled_back(1)
    assert chain.states() == ["live", "superseded", "rolled back"]


def test_a_deploy_after_a_rollback_supersedes(chain: Chain) -> None:
    chain.deployed(1, 2).rolled_back(1).deployed(3)
    assert chain.states() == ["superseded", "rolled back", "live"]


def test_a_publish_of_what_is_live_changes_nothing(chain: Chain) -> None:
    assert chain.deployed(1).published(1, 1).states() == ["live"]


def test_a_failed_release_leaves_the_live_one(chain: Chain) -> None:
    made = release(2, tests=TestSummary(passed=1, failed=1))
    chain.deployed(1).started(made).failed(made)
    assert chain.states() == ["live", "failed"]
    assert chain.history.unfinished is None
    assert chain.history.releases[2].tests == TestSummary(passed=1, failed=1)


def test_an_aborted_release_leaves_the_live_one_and_keeps_its_number(chain: Chain) -> None:
    chain.deployed(1).started(release(2)).aborted(2)
    assert chain.states() == ["live", "aborted"]
    assert chain.history.next_number == 3


def test_what_has_no_outcome_is_unfinished(chain: Chain) -> None:
    made = release(2)
    operation = chain.deployed(1).started(made).history.unfinished
    assert operation is not None
    assert (operation.kind, operation.release, operation.by) == ("deploy", 2, "ada")
    assert operation.writes == (RelationName("memory", "rewind_gold", "orders__r2"),)
    assert operation.since == chain.events[-1].at
    assert chain.built(made).history.unfinished == operation
    assert chain.published(2, 1).history.unfinished is None


def test_a_summary_says_what_the_event_says(chain: Chain) -> None:
    made = release(1, node("orders", 1), node("customers", 1, reused=True))
    summary = chain.started(made).built(made).published(1).history.releases[1]
    assert (summary.id, summary.kind, summary.commit) == ("r1", made.kind, made.commit)
    assert (summary.built, summary.reused, summary.seconds) == (1, 1, 1.5)
    assert (summary.build_key, summary.tests) == (made.build_key, made.tests)
    assert (summary.created_at, summary.published_at) == tuple(e.at for e in chain.events[1:])
    assert len(summary.record_digest) == len(summary.manifest_digest) == 64


def test_newest_first_and_the_events_of_one(chain: Chain) -> None:
    history = chain.deployed(1, 2).rolled_back(1).history
    assert [each.number for each in history.newest_first()] == [2, 1]
    assert [each.sequence for each in history.events_of(1)] == [1, 2, 3, 6, 7]
    assert [each.sequence for each in history.events_of(2)] == [4, 5, 6, 7]
    assert history.head == chain.events[-1]


def test_healthy_are_those_that_nobody_left_for_being_bad() -> None:
    assert {ReleaseState.LIVE, ReleaseState.SUPERSEDED} == HEALTHY
    assert {ReleaseState.ROLLED_BACK} == RESTORABLE - HEALTHY


LONG = Chain().deployed(1, 2, 3).rolled_back(1).events
POSITIONS = st.integers(1, len(LONG))


def broken_at(events: list[Event]) -> int:
    with pytest.raises(ChainBroken) as raised:
        derive_history("prod", events)
    assert raised.value.environment == "prod"
    return raised.value.sequence


@given(st.integers(1, len(LONG) - 1))
def test_a_missing_event_is_found(position: int) -> None:
    assert broken_at([*LONG[: position - 1], *LONG[position:]]) == position


@given(POSITIONS)
def test_an_altered_payload_is_found(position: int) -> None:
    events = list(LONG)
    event = events[position - 1]
    events[position - 1] = replace(event, payload={**event.payload, "by": "mallory"})
    assert broken_at(events) == position


@given(POSITIONS)
def test_an_altered_event_with_a_new_hash_breaks_the_next_link(position: int) -> None:
    events = list(LONG)
    previous = events[position - 2] if position > 1 else None
    event = events[position - 1]
    forged = {**event.payload, "by": "mallory"}
    events[position - 1] = next_event(previous, "prod", event.at, event.kind, forged)
    if position == len(LONG):
        derive_history("prod", events)  # only the mirror can tell
    else:
        assert broken_at(events) == position + 1


@given(POSITIONS, POSITIONS)
def test_reordered_events_are_found(one: int, other: int) -> None:
    events = list(LONG)
    events[one - 1], events[other - 1] = events[other - 1], events[one - 1]
    if one == other:
        assert derive_history("prod", events).live is not None
    else:
        assert broken_at(events) == min(one, other)


@given(st.integers(1, len(LONG) - 1))
def test_swapped_and_renumbered_events_are_found(position: int) -> None:
    events = list(LONG)
    first, second = events[position - 1], events[position]
    events[position - 1] = replace(second, sequence=position)
    events[position] = replace(first, sequence=position + 1)
    assert broken_at(events) == position


def test_events_of_another_environment_do_not_continue_ours() -> None:
    stranger = next_event(LONG[-1], "dev", AT, EventKind.ABORTED, {"release": 1})
    altered = replace(stranger, environment="prod")
    assert broken_at([*LONG, altered]) == len(LONG) + 1
