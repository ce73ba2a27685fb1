"""How reverts get to the remote: who may push, who pushes in between, who signs."""

from __future__ import annotations

import pytest
from tests.git_plans.lab import Lab, without_identity
from tests.keys import new_pair

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.errors import PushRefused, RemoteMoves
from dbt_rewind.procedures.code.delivery import Way


@pytest.fixture
def bad(lab: Lab) -> Quarantined:
    good, sha = lab.head, lab.commit("Worse", model="select 2\n")
    lab.publish()
    return lab.entry(sha, good)


def test_a_protected_branch_gets_a_pull_request(lab: Lab, bad: Quarantined) -> None:
    lab.protect()
    outcome = lab.take_back(bad)
    delivered = outcome.delivered
    assert delivered is not None
    assert (delivered.way, delivered.proposal and delivered.proposal.number) == (Way.PROPOSED, 1)
    assert "hook declined" in delivered.refused
    assert lab.tip == bad.commit.sha
    assert lab.branches() == {"rollback/prod-r7-NOW"}
    ((branch, base, title, body, labels),) = lab.requests.asked
    assert (branch, base, labels) == (delivered.branch, "main", ())
    assert title == "Take r7 of prod back"
    assert "totals are missing" in body
    assert "I3" in body
    assert bad.commit.sha[:10] in body
    assert lab.tree(delivered.sha) == lab.tree(bad.good.sha)
    assert lab.left_over() == []


def test_a_second_call_proposes_the_same_branch(lab: Lab, bad: Quarantined) -> None:
    lab.protect()
    first, second = lab.take_back(bad), lab.take_back(bad)
    assert second.delivered is not None
    assert first.delivered is not None
    assert second.delivered.sha == first.delivered.sha
    assert [asked[0] for asked in lab.requests.asked] == [first.delivered.branch] * 2
    assert len(lab.branches()) == 1


def test_a_branch_that_is_outdated_is_not_proposed_again(lab: Lab, bad: Quarantined) -> None:
    lab.push = "pull-request"
    lab.take_back(bad)
    lab.commit("Later", other="select 'b'\n")
    lab.publish()
    lab.take_back(bad)
    assert lab.branches() == {"rollback/prod-r7-NOW", "rollback/prod-r7-NOW-2"}


def test_the_host_opens_no_pull_request(lab: Lab, bad: Quarantined) -> None:
    lab.push, lab.requests.fails = "pull-request", True
    delivered = lab.take_back(bad).delivered
    assert delivered is not None
    assert delivered.proposal is None
    assert delivered.problem == "the host is down (try again)"
    assert lab.branches() == {"rollback/prod-r7-NOW"}


def test_direct_and_refused(lab: Lab, bad: Quarantined) -> None:
    lab.push = "direct"
    lab.protect()
    with pytest.raises(PushRefused) as raised:
        lab.take_back(bad)
    assert "hook declined" in raised.value.reason
    assert lab.branches() == set()
    assert lab.left_over() == []


def test_never(lab: Lab, bad: Quarantined) -> None:
    lab.push = "never"
    delivered = lab.take_back(bad).delivered
    assert delivered is not None
    assert delivered.way is Way.KEPT
    assert lab.mine.git("rev-parse", delivered.branch) == delivered.sha
    assert (lab.tip, lab.branches()) == (bad.commit.sha, set())


MEANWHILE = """
new=$(echo Meanwhile | GIT_AUTHOR_NAME=B GIT_AUTHOR_EMAIL=b@b GIT_COMMITTER_NAME=B \\
  GIT_COMMITTER_EMAIL=b@b git commit-tree refs/heads/main^{tree} -p refs/heads/main)
git update-ref refs/heads/main $new
"""
"""Somebody else's push."""


def before_each_push(lab: Lab, script: str) -> None:
    """Runs the script in the remote when the plan is made and the push has not begun."""
    file = lab.folder / "receive"
    file.write_text(
        f'#!/bin/sh\n(cd "{lab.remote.folder}"\n{script}\n)\nexec git-receive-pack "$@"\n'
    )
    file.chmod(0o755)
    lab.mine.git("config", "remote.origin.receivepack", str(file))


def test_somebody_pushes_in_between(lab: Lab, bad: Quarantined) -> None:
    before_each_push(lab, f"test -e pushed || {{ touch pushed; {MEANWHILE} }}")
    outcome = lab.take_back(bad)
    assert lab.subjects(bad.commit.sha) == ['Revert "Worse"', "Meanwhile"]
    assert [each.subject for each in outcome.plan.kept] == ["Meanwhile"]


def test_somebody_pushes_again_and_again(lab: Lab, bad: Quarantined) -> None:
    before_each_push(lab, MEANWHILE)
    with pytest.raises(RemoteMoves) as raised:
        lab.take_back(bad)
    assert raised.value.times == 3
    assert lab.subjects(bad.commit.sha) == ["Meanwhile"] * 3
    assert lab.left_over() == []


def test_commits_are_signed_where_the_user_signs(lab: Lab, bad: Quarantined) -> None:
    key = new_pair(lab.folder)
    for name, value in {
        "gpg.format": "ssh",
        "user.signingkey": str(key.file),
        "commit.gpgsign": "true",
    }.items():
        lab.mine.git("config", name, value)
    lab.take_back(bad)
    allowed = lab.folder / "allowed"
    allowed.write_text(f"ada@example.com {key.public}\n")
    lab.mine.git("config", "gpg.ssh.allowedSignersFile", str(allowed))
    assert lab.mine.git("log", "-1", "--format=%G?", lab.tip) == "G"


def test_nobody_is_known_to_git(
    lab: Lab, bad: Quarantined, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_identity(monkeypatch)
    lab.take_back(bad)
    assert (
        lab.remote.git("log", "-1", "--format=%cn <%ce>", lab.tip) == "ada <dbt-rewind@localhost>"
    )
