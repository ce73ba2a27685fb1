"""A reset loses nothing but what it says, and nothing where somebody else was faster."""

from __future__ import annotations

import pytest
from tests.git_plans.lab import Lab
from tests.git_plans.test_pushing import MEANWHILE, before_each_push

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.errors import NotBuiltOn, PushRefused, RemoteMoves, ResetRefused
from dbt_rewind.procedures.messages import branch_reset


@pytest.fixture
def bad(lab: Lab) -> Quarantined:
    good, sha = lab.head, lab.commit("Worse", model="select 2\n")
    lab.commit("Later", other="select 'b'\n")
    lab.publish()
    return lab.entry(sha, good)


def test_the_branch_points_at_what_is_good(lab: Lab, bad: Quarantined) -> None:
    before = lab.tip
    outcome = lab.reset(bad)
    assert lab.tip == bad.good.sha
    assert [each.subject for each in outcome.plan.lost] == ["Later", "Worse"]
    assert lab.branches() == {"rollback/before-reset-NOW"}
    assert lab.remote.git("rev-parse", f"refs/heads/{outcome.plan.side}") == before
    assert lab.left_over() == []
    again = lab.reset(bad)
    assert (again.plan.is_nothing, again.delivered) == (True, None)


def test_two_releases_go_back_to_what_came_before_both(lab: Lab) -> None:
    first = lab.head
    second = lab.commit("Second", model="select 2\n")
    third = lab.commit("Third", model="select 3\n")
    lab.publish()
    lab.reset(lab.entry(third, second, 9), lab.entry(second, first, 8))
    assert lab.tip == first


def test_somebody_pushes_in_between(lab: Lab, bad: Quarantined) -> None:
    before_each_push(lab, MEANWHILE)
    with pytest.raises(RemoteMoves):
        lab.reset(bad)
    assert lab.subjects(bad.commit.sha) == ["Meanwhile", "Later"]
    assert lab.branches() == set()


def test_the_remote_refuses(lab: Lab, bad: Quarantined) -> None:
    before = lab.tip
    lab.remote.git("config", "receive.denyNonFastForwards", "true")
    with pytest.raises(PushRefused):
        lab.reset(bad)
    assert (lab.tip, lab.branches()) == (before, set())


@pytest.mark.parametrize(("protected", "fails"), [(True, False), (False, False), (None, True)])
def test_what_the_host_says(lab: Lab, bad: Quarantined, protected: bool, fails: bool) -> None:
    lab.requests.protected, lab.requests.fails = protected, fails
    before = lab.tip
    if protected:
        with pytest.raises(ResetRefused):
            lab.reset(bad)
    else:
        lab.reset(bad)
    assert (lab.tip == before) is (protected is True)


def test_the_branch_was_not_built_on_it(lab: Lab, bad: Quarantined) -> None:
    lab.mine.git("switch", "--quiet", "--create", "elsewhere", bad.good.sha)
    good = lab.commit("Elsewhere", model="select 5\n")
    with pytest.raises(NotBuiltOn):
        lab.reset(lab.entry(bad.commit.sha, good))


def test_what_the_team_is_told_works(lab: Lab, bad: Quarantined) -> None:
    """Who has commits of their own keeps them, and none of those that are lost."""
    other = lab.other()
    other.commit("Theirs", theirs="x\n")
    outcome = lab.reset(bad)
    plan = outcome.plan
    told = branch_reset(
        "dev",
        remote="origin",
        branch="main",
        tip=plan.tip,
        good=plan.start,
        kept_as=plan.side,
        lost=[f"{each.sha[:10]} {each.subject}" for each in plan.lost],
        by="ada",
    )
    line = next(each for each in told.body.splitlines() if each.startswith("Commits of your own"))
    for command in line.partition(": ")[2].split(" && "):
        other.git(*command.split()[1:])
    assert other.git("log", "--format=%s").splitlines() == ["Theirs", "Good"]
    assert f"Lost: {bad.commit.sha[:10]} Worse" in told.body
