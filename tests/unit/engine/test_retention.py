"""The policy: every release has one verdict, and what must stay stays whatever the rules say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.releases import AT, Chain, release

from dbt_rewind.engine.history import RESTORABLE, History
from dbt_rewind.engine.retention import Fate, Reason, Rules, decide
from dbt_rewind.engine.target import choose_target
from dbt_rewind.errors import NothingEarlier, NothingLive
from dbt_rewind.model import EventKind

LATER = AT + timedelta(days=400)
DEFAULT = Rules()


def reasons(history: History, rules: Rules = DEFAULT) -> dict[int, Reason]:
    return {verdict.release: verdict.reason for verdict in decide(history, rules, LATER)}


def kept(history: History, rules: Rules) -> set[int]:
    verdicts = decide(history, rules, AT + timedelta(minutes=30))
    return {each.release for each in verdicts if each.reason.fate is not Fate.DROPPED}


def stopped(chain: Chain, number: int) -> Chain:
    made = chain.started(release(number)).built(release(number)).events[-1].payload
    return chain.append(EventKind.STOPPED, made)


def test_the_last_that_were_live_are_kept() -> None:
    history = Chain().deployed(1, 2, 3, 4).history
    assert reasons(history, Rules(keep=3)) == {
        4: Reason.LIVE,
        3: Reason.WAY_BACK,
        2: Reason.LAST,
        1: Reason.OLD,
    }
    assert reasons(history)[1] is Reason.LAST


def test_a_release_counts_from_when_it_was_live_last() -> None:
    history = Chain().deployed(1, 2, 3).rolled_back(1).deployed(4, 5).history
    assert reasons(history, Rules(keep=3)) == {
        5: Reason.LIVE,
        4: Reason.WAY_BACK,
        3: Reason.OLD,
        2: Reason.OLD,
        1: Reason.LAST,
    }


def test_the_way_back_is_kept_however_far_it_is() -> None:
    history = Chain().deployed(1, 2).rolled_back(1).published(2, 1, by="rollback").history
    assert reasons(history, Rules(keep=1))[1] is Reason.WAY_BACK


def test_a_pinned_release_is_kept() -> None:
    chain = Chain().deployed(1, 2, 3, 4).pinned(1, "the audit's")
    assert reasons(chain.history, Rules(keep=1))[1] is Reason.PINNED
    chain.append(EventKind.UNPINNED, {"release": 1, "reason": "", "by": "ada"})
    assert reasons(chain.history, Rules(keep=1))[1] is Reason.OLD


def test_a_young_release_is_kept_until_it_is_not_young() -> None:
    history = Chain().deployed(1, 2, 3, 4).history
    published = history.releases[1].published_at
    assert published is not None
    rules = Rules(1, timedelta(days=30))
    (*_, young) = decide(history, rules, published + timedelta(days=29))
    assert (young.release, young.reason) == (1, Reason.YOUNG)
    assert young.until == published + timedelta(days=30)
    (*_, old) = decide(history, rules, young.until)
    assert (old.reason, old.until) == (Reason.OLD, None)


@pytest.mark.parametrize("ended", [lambda c, n: c.started(release(n)).failed(release(n)), stopped])
def test_of_failures_the_newest_is_kept_until_a_newer_release_went_live(
    ended: Callable[[Chain, int], Chain],
) -> None:
    chain = Chain().deployed(1)
    ended(ended(chain, 2), 3)
    assert reasons(chain.history) == {
        3: Reason.NEWEST_FAILURE,
        2: Reason.PAST_FAILURE,
        1: Reason.LIVE,
    }
    chain.deployed(4)
    assert reasons(chain.history)[3] is Reason.PAST_FAILURE


def test_nothing_is_decided_of_what_is_gone() -> None:
    chain = Chain().deployed(1, 2, 3).pruned(1)
    chain.started(release(4)).aborted(4).started(release(5))
    found = reasons(chain.history, Rules(keep=1))
    assert found[1] is found[4] is Reason.EMPTY
    assert found[5] is Reason.UNFINISHED
    assert Reason.EMPTY.fate is Fate.GONE
    chain.append(EventKind.EJECTED, {"operation": "eject", "release": 3, "by": "", "reason": ""})
    assert set(reasons(chain.history).values()) == {Reason.GIVEN_BACK}


RULES = st.builds(
    Rules, st.integers(1, 8), st.none() | st.integers(0, 60).map(lambda n: timedelta(minutes=n))
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    chain, number = Chain(), 0
    for act in draw(st.lists(st.integers(0, 6), max_size=14)):
        known = chain.history
        live = known.live.number if known.live else None
        back = [n for n, r in known.releases.items() if r.state in RESTORABLE]
        if act == 1 and len(back) > 1:
            target = draw(st.sampled_from([each for each in back if each != live]))
            chain.published(target, live, by="rollback")
        elif act == 2 and back:
            chain.pinned(draw(st.sampled_from(back)))
        else:
            number += 1
            made = release(number)
            if act == 3:
                chain.started(made).failed(made)
            elif act == 4:
                chain.started(made).aborted(number)
            elif act == 5:
                stopped(chain, number)
            else:
                chain.deployed(number)
    return chain.history


@given(histories(), RULES)
def test_invariant_7_what_must_stay_stays(history: History, rules: Rules) -> None:
    stays = kept(history, rules)
    if history.live is not None:
        assert history.live.number in stays
    assert set(history.pins) <= stays
    with suppress(NothingEarlier, NothingLive):
        assert choose_target(history, None, lambda name: None).number in stays
    restorable = {n for n, each in history.releases.items() if each.state in RESTORABLE}
    assert len(stays & restorable) >= min(rules.keep, len(restorable))


@given(histories(), RULES)
def test_every_release_has_one_verdict(history: History, rules: Rules) -> None:
    verdicts = decide(history, rules, LATER)
    assert [each.release for each in verdicts] == sorted(history.releases, reverse=True)


@given(histories(), RULES, st.integers(0, 5), st.integers(0, 60))
def test_wider_rules_keep_no_less(history: History, rules: Rules, more: int, longer: int) -> None:
    within = (rules.within or timedelta()) + timedelta(minutes=longer)
    assert kept(history, rules) <= kept(history, Rules(rules.keep + more, rules.within))
    assert kept(history, rules) <= kept(history, Rules(rules.keep, within))


@given(histories(), RULES)
def test_to_prune_again_drops_nothing_more(history: History, rules: Rules) -> None:
    """The policy is stable: what it keeps it keeps also when the others are gone."""
    chain = Chain()
    chain.events = list(history.events)
    gone = set(history.releases) - kept(history, rules)
    if gone:
        chain.pruned(*sorted(gone))
    assert kept(chain.history, rules) == set(history.releases)
