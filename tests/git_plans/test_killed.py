"""Killed after any step of the code side: the remote has all of it or nothing, and the same command
run again finishes it."""

from __future__ import annotations

import os
import signal

import pytest
from tests.git_plans.lab import Lab
from tests.git_plans.test_conflicts import in_conflict, put_right

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.errors import NothingToContinue
from dbt_rewind.git import command
from dbt_rewind.git.bench import clear_abandoned
from dbt_rewind.procedures.code.memory import recall
from dbt_rewind.procedures.code.take_back import go_on
from dbt_rewind.process import Completed

RUN = "run"
CHANGING = {"fetch", "worktree", "read-tree", "reset", "revert", "commit", "push", "update-ref"}


def verb_of(completed: Completed) -> str:
    words = list(completed.arguments[1:])
    while words[0] == "-c":
        del words[:2]
    return words[0]


def killed_after(number: int, act: object) -> bool:
    """Runs `act` in a process that is killed after that many git commands that change something;
    whether there were so many."""
    child = os.fork()
    if not child:
        try:
            run, left = getattr(command, RUN), [number]

            def counting(*arguments: object, **named: object) -> Completed:
                completed: Completed = run(*arguments, **named)
                if verb_of(completed) in CHANGING:
                    left[0] -= 1
                    if not left[0]:
                        os.kill(os.getpid(), signal.SIGKILL)
                return completed

            setattr(command, RUN, counting)
            act()  # type: ignore[operator]
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.fixture
def bad(lab: Lab) -> Quarantined:
    good, sha = lab.head, lab.commit("Worse", model="select 2\n")
    lab.commit("Later", other="select 'b'\n")
    lab.publish()
    return lab.entry(sha, good)


WHOLE = ['Revert "Worse"', "Later"]


def test_killed_after_any_step(lab: Lab, bad: Quarantined) -> None:
    before, number = lab.tip, 0
    while True:
        number += 1
        lab.remote.git("update-ref", "refs/heads/main", before)
        killed = killed_after(number, lambda: lab.take_back(bad))
        assert lab.subjects(bad.commit.sha) in (["Later"], WHOLE), number
        assert recall(lab.site.folder) is None
        if not killed:
            break
        if number % 2:
            # What every command does first takes nothing that is needed, and leaves nothing.
            clear_abandoned(lab.site.repository, lab.site.folder)
            assert lab.left_over() == []
        lab.take_back(bad)
        assert lab.subjects(bad.commit.sha) == WHOLE, number
        assert lab.left_over() == []
    assert number > 6
    assert lab.mine.git("status", "--porcelain") == ""


def start_anew(lab: Lab, before: str) -> None:
    lab.remote.git("update-ref", "refs/heads/main", before)
    for name in lab.remote.git("for-each-ref", "--format=%(refname)", "refs/heads/").splitlines():
        if name != "refs/heads/main":
            lab.remote.git("update-ref", "-d", name)


def test_a_reset_that_is_killed(lab: Lab, bad: Quarantined) -> None:
    """The branch is where it was, or all the way back with its old tip kept: never in between."""
    before, number = lab.tip, 0
    while True:
        number += 1
        start_anew(lab, before)
        killed = killed_after(number, lambda: lab.reset(bad))
        kept = {"rollback/before-reset-NOW"}
        assert (lab.tip, lab.branches()) in ((before, set()), (bad.good.sha, kept)), number
        if not killed:
            break
        lab.reset(bad)
        assert (lab.tip, lab.branches()) == (bad.good.sha, kept), number
        assert lab.left_over() == []
    assert number > 1


@pytest.mark.parametrize("way", ["pick", "hotfix"])
def test_a_branch_for_a_pull_request_that_is_killed(lab: Lab, bad: Quarantined, way: str) -> None:
    """The environment's own branch is never touched, and one branch and one request come of it."""
    act = lab.pick if way == "pick" else lab.hotfix
    name = "rollback/prod-r7-NOW" if way == "pick" else "hotfix/rollback-NOW"
    before, number = lab.tip, 0
    while True:
        number += 1
        start_anew(lab, before)
        lab.requests.asked.clear()
        killed = killed_after(number, lambda: act(bad))
        assert lab.branches() <= {name}, number
        if not killed:
            break
        act(bad)
        assert (lab.tip, lab.branches()) == (before, {name}), number
        assert len(lab.requests.asked) == 1
        assert lab.left_over() == []
    assert number > 3


def test_killed_while_a_conflict_is_gone_on_with(lab: Lab) -> None:
    good = lab.head
    bad = lab.commit("Worse", model="select 2\n")
    lab.commit("Later", model="select 2, 'later'\n")
    before = lab.publish()
    entry, number = lab.entry(bad, good), 0
    while True:
        number += 1
        lab.remote.git("update-ref", "refs/heads/main", before)
        in_conflict(lab, entry)
        put_right(lab)
        if not killed_after(number, lambda: go_on(lab.site)):
            break
        try:
            go_on(lab.site)
        except NothingToContinue:
            assert number > 3  # it was killed when all was done
        assert lab.subjects(bad) == ['Revert "Worse"', "Later"], number
        lab.take_back(entry)
        assert lab.left_over() == []
    assert number > 2
