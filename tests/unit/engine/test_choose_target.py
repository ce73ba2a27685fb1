"""Which release a rollback goes to."""

from __future__ import annotations

from typing import NoReturn

import pytest
from tests.unit.engine.releases import Chain, release

from dbt_rewind.engine.history import RESTORABLE, History, ReleaseState
from dbt_rewind.engine.target import _WHY_NOT, choose_target, find_release
from dbt_rewind.errors import (
    NothingEarlier,
    NothingLive,
    ReleaseIsLive,
    ReleaseNotFound,
    ReleaseNotRestorable,
)
from dbt_rewind.model import Commit


def no_git(name: str) -> NoReturn:
    raise AssertionError(f"git was asked for {name}")


def unknown(name: str) -> None:
    """git knows no such name."""


def chosen(history: History, wanted: str | None = None) -> int:
    return choose_target(history, wanted, no_git).number


def commit(sha: str, *tags: str) -> Commit:
    return Commit(sha * 40, "Change", "Ada", tags)


def test_by_default_the_release_before_the_live_one() -> None:
    assert chosen(Chain().deployed(1, 2, 3).history) == 2


def test_the_default_passes_over_failed_aborted_and_rolled_back_releases() -> None:
    chain = Chain().deployed(1, 2).rolled_back(1)
    chain.started(release(3)).failed(release(3))
    chain.started(release(4)).aborted(4)
    chain.deployed(5)
    assert chain.states() == ["superseded", "rolled back", "failed", "aborted", "live"]
    assert chosen(chain.history) == 1


def test_the_default_never_goes_forward() -> None:
    """After a rollback the way is further back, not to what was left for being bad."""
    chain = Chain().deployed(1, 2, 3).rolled_back(2)
    assert chosen(chain.history) == 1
    with pytest.raises(NothingEarlier) as raised:
        chosen(chain.rolled_back(1).history)
    assert raised.value.live == "r1"
    # r2 was never left for being bad, but it is later than what is live.
    jumped = Chain().deployed(1, 2, 3).rolled_back(1)
    assert jumped.states() == ["live", "superseded", "rolled back"]
    with pytest.raises(NothingEarlier):
        chosen(jumped.history)


@pytest.mark.parametrize("wanted", [None, "r1", "v1"])
def test_nothing_live(wanted: str | None) -> None:
    made = release(1)
    with pytest.raises(NothingLive):
        choose_target(Chain().started(made).failed(made).history, wanted, no_git)


def test_nothing_earlier() -> None:
    with pytest.raises(NothingEarlier):
        chosen(Chain().deployed(1).history)


def test_the_default_is_what_was_live_before_and_not_the_number_below() -> None:
    chain = Chain().deployed(1, 2, 3).rolled_back(1).deployed(4)
    assert chain.states() == ["superseded", "superseded", "rolled back", "live"]
    assert chosen(chain.history) == 1


def test_by_id_back_and_forward() -> None:
    chain = Chain().deployed(1, 2, 3)
    assert chosen(chain.history, "r1") == 1
    assert chosen(chain.rolled_back(1).history, "r3") == 3


def test_the_live_release_is_no_target() -> None:
    with pytest.raises(ReleaseIsLive):
        chosen(Chain().deployed(1, 2).history, "r2")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("failed", "its build or a test failed"),
        ("aborted", "its deploy was stopped and undone"),
        ("built", "it was never published"),
        ("", "it is being built"),
    ],
)
def test_a_release_that_was_never_live_is_no_target(outcome: str, words: str) -> None:
    chain = Chain().deployed(1).started(release(2))
    if outcome == "failed":
        chain.failed(release(2))
    elif outcome == "aborted":
        chain.aborted(2)
    elif outcome == "built":
        chain.built(release(2))
    with pytest.raises(ReleaseNotRestorable, match=words):
        chosen(chain.history, "r2")


@pytest.mark.parametrize("wanted", ["r9", "r0", "nothing", "abcdef0123", "v1"])
def test_what_is_not_there(wanted: str) -> None:
    with pytest.raises(ReleaseNotFound) as raised:
        choose_target(Chain().deployed(1, 2).history, wanted, unknown)
    assert (raised.value.wanted, raised.value.environment) == (wanted, "prod")


def test_by_a_tag_recorded_at_the_deploy_without_git() -> None:
    chain = Chain().deployed(1, commit=commit("a", "v1.0", "good")).deployed(2)
    assert chosen(chain.history, "v1.0") == 1
    assert chosen(chain.history, "good") == 1


def test_of_several_releases_with_the_tag_the_newest_restorable() -> None:
    tagged = commit("a", "v1")
    chain = Chain().deployed(1, commit=tagged).deployed(2, commit=tagged)
    chain.started(release(3, commit=tagged)).failed(release(3, commit=tagged)).deployed(4)
    assert chosen(chain.history, "v1") == 2
    assert find_release(chain.history, "v1", no_git).number == 2


def test_a_tag_of_a_failed_release_alone_names_it() -> None:
    made = release(2, commit=commit("a", "v2"))
    chain = Chain().deployed(1).started(made).failed(made)
    assert find_release(chain.history, "v2", no_git).number == 2
    with pytest.raises(ReleaseNotRestorable):
        chosen(chain.history, "v2")


def test_every_state_that_is_no_target_has_its_reason() -> None:
    assert set(_WHY_NOT) == set(ReleaseState) - RESTORABLE


@pytest.mark.parametrize("length", [7, 12, 40])
def test_by_the_beginning_of_a_commit_without_git(length: int) -> None:
    chain = Chain().deployed(1, commit=commit("a")).deployed(2)
    assert chosen(chain.history, "a" * length) == 1


def test_by_a_name_that_only_git_knows() -> None:
    chain = Chain().deployed(1, commit=commit("a")).deployed(2)
    known = {"main~1": "a" * 40}
    assert choose_target(chain.history, "main~1", known.get).number == 1


def test_a_tag_of_digits_put_on_later_is_looked_up_in_git() -> None:
    """`20261123` could be the beginning of a commit; where it is of none, git may know it."""
    chain = Chain().deployed(1, commit=commit("a")).deployed(2)
    known = {"20261123": "a" * 40}
    assert choose_target(chain.history, "20261123", known.get).number == 1


def test_a_commit_that_git_knows_and_nobody_deployed() -> None:
    with pytest.raises(ReleaseNotFound):
        choose_target(Chain().deployed(1, 2).history, "main", {"main": "f" * 40}.get)
