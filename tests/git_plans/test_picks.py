"""The last good state, and the good commits on it, as a branch that takes the bad ones away."""

from __future__ import annotations

import pytest
from tests.git_plans.lab import Lab
from tests.git_plans.test_conflicts import worktree

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.errors import CodeConflict
from dbt_rewind.git.reverts import Change, carried
from dbt_rewind.procedures.code.delivery import Way
from dbt_rewind.procedures.code.take_back import CodeOutcome, go_on


@pytest.fixture
def bad(lab: Lab) -> Quarantined:
    good, sha = lab.head, lab.commit("Worse", model="select 2\n")
    lab.commit("Fine", other="select 'b'\n")
    lab.commit("Finer", new="x\n")
    lab.publish()
    return lab.entry(sha, good)


def merged(lab: Lab, outcome: CodeOutcome) -> str:
    """What main is once the pull request is merged."""
    assert outcome.delivered is not None
    lab.mine.git("fetch", "--quiet", "origin")
    lab.mine.git("switch", "--quiet", "--detach", "origin/main")
    lab.mine.git("merge", "--quiet", "--no-ff", "-m", "Merge", outcome.delivered.sha)
    return lab.publish()


def test_all_that_came_after(lab: Lab, bad: Quarantined) -> None:
    before = lab.tip
    outcome = lab.pick(bad)
    delivered = outcome.delivered
    assert delivered is not None
    assert (delivered.way, lab.tip) == (Way.PROPOSED, before)
    assert lab.subjects(before, delivered.sha) == [
        "Finer",
        "Fine",
        f"Go back to {bad.good.sha[:10]}",
    ]
    tip = merged(lab, outcome)
    files = {name: lab.remote.git("show", f"{tip}:{name}") for name in ("model", "other", "new")}
    assert files == {"model": "select 1", "other": "select 'b'", "new": "x"}
    site = lab.site
    assert carried(site.repository, tip, Change(bad.commit.sha, bad.good.sha), site.project) is None
    assert lab.left_over() == []


def test_only_those_that_are_named_in_that_order(lab: Lab, bad: Quarantined) -> None:
    finer, fine = lab.mine.git("rev-parse", "HEAD", "HEAD~1").split()
    before = lab.tip
    outcome = lab.pick(bad, finer[:10], fine)
    assert outcome.delivered is not None
    assert lab.subjects(before, outcome.delivered.sha)[:2] == ["Fine", "Finer"]
    only = lab.pick(bad, finer)
    assert only.delivered is not None
    assert "cherry picked from commit" in lab.remote.git("log", "-1", only.delivered.sha)


def test_authors_keep_their_commits(lab: Lab, bad: Quarantined) -> None:
    lab.mine.write("mine", "x\n")
    lab.mine.git("add", "--all")
    lab.mine.git("commit", "-qm", "Grace's", "--author", "Grace <g@example.com>")
    lab.publish()
    outcome = lab.pick(bad, "HEAD")
    assert outcome.delivered is not None
    log = lab.remote.git("log", "-1", "--format=%an %ad %cn", "--date=raw", outcome.delivered.sha)
    assert log == f"Grace {lab.mine.git('log', '-1', '--format=%ad', '--date=raw')} Ada"


def test_a_pick_in_conflict(lab: Lab, bad: Quarantined) -> None:
    lab.commit("On top of it", model="select 2, 'more'\n")
    lab.publish()
    with pytest.raises(CodeConflict) as raised:
        lab.pick(bad)
    assert (raised.value.verb, raised.value.number, raised.value.files) == ("pick", 4, ("model",))
    worktree(lab).write("model", "select 1, 'more'\n")
    worktree(lab).git("add", "model")
    outcome = go_on(lab.site)
    assert outcome.delivered is not None
    assert outcome.delivered.way is Way.PROPOSED
    assert lab.remote.git("show", f"{outcome.delivered.sha}:model") == "select 1, 'more'"


def test_nothing_to_take_back(lab: Lab, bad: Quarantined) -> None:
    lab.take_back(bad)
    assert lab.pick(bad).plan.is_nothing
