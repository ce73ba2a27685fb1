"""A revert that does not go in by itself waits for a person, who goes on or gives up."""

from __future__ import annotations

import pytest
from tests.git_plans.lab import Lab
from tests.unit.git.sandbox import Sandbox

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.errors import CodeConflict, ConflictWaits, NothingToContinue, RemoteUnreachable
from dbt_rewind.git.bench import clear_abandoned
from dbt_rewind.git.reverts import Change, carried
from dbt_rewind.procedures.code.delivery import Way
from dbt_rewind.procedures.code.memory import recall
from dbt_rewind.procedures.code.take_back import give_up, go_on


def worktree(lab: Lab) -> Sandbox:
    return Sandbox(lab.site.folder / "worktree")


@pytest.fixture
def conflict(lab: Lab) -> Quarantined:
    """Two commits were bad, and somebody has built on the older one's line since."""
    good = lab.head
    lab.commit("Worse", model="select 2\n")
    bad = lab.commit("Worst", new="x\n")
    lab.commit("Later", model="select 2, 'later'\n")
    lab.publish()
    return lab.entry(bad, good)


def in_conflict(lab: Lab, entry: Quarantined) -> CodeConflict:
    with pytest.raises(CodeConflict) as raised:
        lab.take_back(entry)
    return raised.value


def test_it_says_which_commit_and_which_files(lab: Lab, conflict: Quarantined) -> None:
    before = lab.tip
    error = in_conflict(lab, conflict)
    assert (error.number, error.total, error.subject) == (2, 2, "Worse")
    assert error.files == ("model",)
    assert "<<<<<<<" in (worktree(lab).folder / "model").read_text()
    assert lab.tip == before
    assert lab.mine.git("status", "--porcelain") == ""
    memory = recall(lab.site.folder)
    assert memory is not None
    assert (memory.at, memory.files, len(memory.made)) == (1, ("model",), 1)


def test_going_on(lab: Lab, conflict: Quarantined) -> None:
    in_conflict(lab, conflict)
    worktree(lab).write("model", "select 1, 'later'\n")
    worktree(lab).git("add", "model")
    outcome = go_on(lab.site)
    assert outcome.delivered is not None
    assert outcome.delivered.way is Way.PUSHED
    assert lab.subjects(conflict.commit.sha) == ['Revert "Worse"', 'Revert "Worst"', "Later"]
    assert lab.remote.git("show", f"{lab.tip}:model") == "select 1, 'later'"
    assert f"This reverts commit {conflict.commit.sha}" in lab.remote.git("log", "-2", lab.tip)
    site = lab.site
    change = Change(conflict.commit.sha, conflict.good.sha)
    assert carried(site.repository, lab.tip, change, site.project) is None
    assert lab.left_over() == []


def test_going_on_where_nothing_is_put_right(lab: Lab, conflict: Quarantined) -> None:
    in_conflict(lab, conflict)
    worktree(lab).write("model", "select 1, 'later'\n")  # and not added
    with pytest.raises(CodeConflict) as raised:
        go_on(lab.site)
    assert (raised.value.number, raised.value.files) == (2, ("model",))


def test_going_on_after_a_commit_of_ones_own(lab: Lab, conflict: Quarantined) -> None:
    in_conflict(lab, conflict)
    worktree(lab).write("model", "select 1, 'mine'\n")
    worktree(lab).git("commit", "--quiet", "--all", "--message", "By hand")
    go_on(lab.site)
    assert lab.subjects(conflict.commit.sha) == ["By hand", 'Revert "Worst"', "Later"]


def test_a_second_call_does_not_throw_work_away(lab: Lab, conflict: Quarantined) -> None:
    in_conflict(lab, conflict)
    worktree(lab).write("model", "half done\n")
    with pytest.raises(ConflictWaits):
        lab.take_back(conflict)
    clear_abandoned(lab.site.repository, lab.site.folder)  # as every command does
    assert (worktree(lab).folder / "model").read_text() == "half done\n"


def test_giving_up(lab: Lab, conflict: Quarantined) -> None:
    before = lab.tip
    in_conflict(lab, conflict)
    give_up(lab.site)
    assert lab.tip == before
    assert lab.left_over() == []
    with pytest.raises(NothingToContinue):
        go_on(lab.site)
    with pytest.raises(NothingToContinue):
        give_up(lab.site)


def test_somebody_removed_the_worktree(lab: Lab, conflict: Quarantined) -> None:
    in_conflict(lab, conflict)
    lab.mine.git("worktree", "remove", "--force", str(worktree(lab).folder))
    with pytest.raises(NothingToContinue):
        go_on(lab.site)
    in_conflict(lab, conflict)


def put_right(lab: Lab) -> None:
    worktree(lab).write("model", "select 1, 'later'\n")
    worktree(lab).git("add", "model")


def test_somebody_pushes_while_a_person_thinks(lab: Lab, conflict: Quarantined) -> None:
    in_conflict(lab, conflict)
    other = lab.other()
    other.commit("Meanwhile", other="select 'b'\n")
    other.git("push", "--quiet", "origin", "main")
    put_right(lab)
    go_on(lab.site)
    assert lab.subjects(conflict.commit.sha) == [
        'Revert "Worse"',
        'Revert "Worst"',
        "Meanwhile",
        "Later",
    ]
    assert lab.remote.git("show", f"{lab.tip}:model") == "select 1, 'later'"
    assert lab.left_over() == []


def test_no_network_when_all_is_put_right(lab: Lab, conflict: Quarantined) -> None:
    """What was put right is not lost, and need not be put right again."""
    in_conflict(lab, conflict)
    put_right(lab)
    lab.mine.git("remote", "set-url", "origin", str(lab.folder / "nowhere"))
    with pytest.raises(RemoteUnreachable):
        go_on(lab.site)
    lab.mine.git("remote", "set-url", "origin", str(lab.remote.folder))
    go_on(lab.site)
    assert lab.subjects(conflict.commit.sha) == ['Revert "Worse"', 'Revert "Worst"', "Later"]
    assert lab.left_over() == []
