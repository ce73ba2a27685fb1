"""A hotfix: an urgent pull request without what is bad, merged at once where that is allowed."""

from __future__ import annotations

import pytest
from tests.git_plans.lab import Lab

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.errors import HotfixUnclear
from dbt_rewind.git.reverts import Change, carried
from dbt_rewind.procedures.code.delivery import Way


@pytest.fixture
def bad(lab: Lab) -> Quarantined:
    lab.mine.git("tag", "v1")
    lab.commit("Untagged", more="x\n")
    good = lab.publish()
    lab.mine.git("push", "--quiet", "origin", "HEAD:refs/heads/release/1")
    sha = lab.commit("Worse", model="select 2\n")
    lab.commit("Later", other="select 'b'\n")
    lab.publish()
    return lab.entry(sha, good)


@pytest.mark.parametrize(
    ("by", "content"),
    [("revert", None), ("tag", "v1"), ("tag:v1", "v1"), ("branch:release/1", "origin/release/1")],
)
def test_it_is_merged_and_takes_away_what_is_bad(
    lab: Lab, bad: Quarantined, by: str, content: str | None
) -> None:
    lab.requests.merges = lab.squash
    before = lab.tip
    delivered = lab.hotfix(bad, by).delivered
    assert delivered is not None
    assert (delivered.way, delivered.sha, delivered.branch) == (Way.MERGED, lab.tip, "main")
    assert len(lab.subjects(before)) == 1
    if content is None:
        assert lab.remote.git("diff", "--name-only", before, lab.tip) == "model"
    else:
        assert lab.tree(lab.tip) == lab.mine.git("rev-parse", f"{content}^{{tree}}")
    ((_, _, title, body, labels),) = lab.requests.asked
    assert (title, labels) == ("Hotfix: take r7 of prod back", ("emergency",))
    assert "I3" in body
    site = lab.site
    assert (
        carried(site.repository, lab.tip, Change(bad.commit.sha, bad.good.sha), site.project)
        is None
    )
    assert lab.branches() == {"release/1"}
    assert (lab.left_over(), lab.warnings) == ([], [])
    assert lab.hotfix(bad, by).plan.is_nothing


def test_it_waits_for_a_review_and_goes_on(lab: Lab, bad: Quarantined) -> None:
    first, second = lab.hotfix(bad).delivered, lab.hotfix(bad).delivered
    assert first is not None
    assert second is not None
    assert (first.way, first.branch, first.sha) == (second.way, second.branch, second.sha)
    assert first.way is Way.PROPOSED
    lab.requests.merges = lab.squash
    third = lab.hotfix(bad).delivered
    assert third is not None
    assert third.way is Way.MERGED
    assert lab.branches() == {"release/1"}


def test_what_has_the_bad_commit_is_no_remedy(lab: Lab, bad: Quarantined) -> None:
    lab.mine.git("tag", "v2", bad.commit.sha)
    with pytest.raises(HotfixUnclear):
        lab.hotfix(bad, "tag:v2")
    assert lab.branches() == {"release/1"}


def test_no_tag_leads_there(lab: Lab, bad: Quarantined) -> None:
    lab.mine.git("tag", "--delete", "v1")
    with pytest.raises(HotfixUnclear):
        lab.hotfix(bad, "tag")
