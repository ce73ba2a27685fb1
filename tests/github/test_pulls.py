"""Pull requests: each is made, labelled, merged and forgotten once, whatever was done before."""

from __future__ import annotations

import pytest
from tests.github.pulls import SITE, Pulls
from tests.notify.github_double import GitHub, Refusal

from dbt_rewind.integrations.github_api import Github
from dbt_rewind.integrations.github_pulls import GithubPullRequests
from dbt_rewind.integrations.pull_requests import Merged, Proposal, PullRequestFailed

BRANCH = "rollback/prod-r1-20240501-0300"
SHA = "a" * 40
FIRST = Proposal(f"{SITE}/pull/1", 1)


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def host(repository: Github, pulls: Pulls, warnings: list[str]) -> GithubPullRequests:
    pulls.branches |= {"main": "b" * 40, BRANCH: SHA}
    return GithubPullRequests(repository, warnings.append)


def propose(host: GithubPullRequests, *labels: str) -> Proposal:
    return host.propose(BRANCH, "main", "Roll back r2", "It is wrong.", labels or ("emergency",))


def test_one_is_made_and_found_again(
    host: GithubPullRequests, hub: GitHub, pulls: Pulls, warnings: list[str]
) -> None:
    assert propose(host) == propose(host) == FIRST
    assert propose(host, "emergency", "data") == FIRST
    (pull,) = pulls.pulls
    assert (pull["title"], pull["body"]) == ("Roll back r2", "It is wrong.")
    assert [label["name"] for label in pull["labels"]] == ["emergency", "data"]
    assert [line.split("/", 4)[-1] for line in hub.wrote] == [
        "pulls",
        "issues/1/labels",
        "issues/1/labels",
    ]
    assert warnings == []


@pytest.mark.parametrize("status", [500, 502])
def test_one_whose_answer_was_lost_is_found(
    host: GithubPullRequests, hub: GitHub, pulls: Pulls, status: int
) -> None:
    hub.refuses = [("POST", Refusal(status, does_it=True))]
    with pytest.raises(PullRequestFailed, match=f"GitHub answers with {status}"):
        propose(host)
    assert propose(host) == FIRST
    assert len(pulls.pulls) == 1


def test_one_that_somebody_made_in_between_is_taken(
    host: GithubPullRequests, hub: GitHub, pulls: Pulls
) -> None:
    hub.refuses = [("POST", Refusal(422, "Validation Failed", does_it=True))]
    assert propose(host) == FIRST
    assert len(pulls.pulls) == 1


def test_a_closed_one_and_one_into_another_branch_are_others(
    host: GithubPullRequests, pulls: Pulls
) -> None:
    propose(host)
    pulls.pulls[0]["state"] = "closed"
    assert propose(host).number == 2
    assert host.propose(BRANCH, "develop", "t", "b", ()).number == 3


def test_a_label_that_may_not_be_set_stops_nobody(
    host: GithubPullRequests, hub: GitHub, warnings: list[str]
) -> None:
    propose(host)
    hub.refuses = [("POST", Refusal(403, "Resource not accessible by integration"))]
    assert propose(host, "data") == FIRST
    assert warnings == [
        f"{SITE}/pull/1 lacks the label data: the token in SHOP_TOKEN may not label pull requests"
        " of acme/shop: Resource not accessible by integration"
    ]


def test_nothing_to_propose_says_so(host: GithubPullRequests, pulls: Pulls) -> None:
    del pulls.branches[BRANCH]
    with pytest.raises(PullRequestFailed) as failed:
        propose(host)
    assert failed.value.problem == (
        f"GitHub opens no pull request from {BRANCH} into main: Validation Failed: No commits"
        f" between main and {BRANCH}"
    )


def test_a_merge_is_done_once_and_takes_the_branch_with_it(
    host: GithubPullRequests, hub: GitHub, pulls: Pulls
) -> None:
    proposal = propose(host)
    merged = Merged(f"{1:040x}", deleted=True)
    assert host.merge(proposal, SHA, "Roll back r2 (#1)") == merged
    assert BRANCH not in pulls.branches
    body = next(each.body for each in hub.asked if each.method == "PUT")
    assert body == {"merge_method": "squash", "sha": SHA, "commit_title": "Roll back r2 (#1)"}
    assert host.merge(proposal, SHA, "Roll back r2 (#1)") == merged
    assert sum(each.method == "PUT" for each in hub.asked) == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_merge_whose_answer_was_lost_goes_on_from_there(
    host: GithubPullRequests, hub: GitHub, pulls: Pulls, method: str, warnings: list[str]
) -> None:
    proposal = propose(host)
    hub.refuses = [(method, Refusal(502, does_it=True))]
    if method == "PUT":
        with pytest.raises(PullRequestFailed):
            host.merge(proposal, SHA, "t")
    else:
        assert host.merge(proposal, SHA, "t") == Merged(f"{1:040x}", deleted=False)
        assert warnings == [f"the branch {BRANCH} is still there: GitHub answers with 502"]
    assert host.merge(proposal, SHA, "t") == Merged(f"{1:040x}", deleted=True)


def test_what_needs_a_review_first_is_not_merged(
    host: GithubPullRequests, pulls: Pulls, warnings: list[str]
) -> None:
    pulls.admits = False
    assert host.merge(propose(host), SHA, "t") is None
    assert warnings == [
        f"GitHub does not merge {SITE}/pull/1 yet: At least 1 approving review is required"
    ]
    assert BRANCH in pulls.branches


def test_what_nobody_has_looked_at_is_not_merged(host: GithubPullRequests, pulls: Pulls) -> None:
    proposal = propose(host)
    pulls.branches[BRANCH] = "c" * 40
    with pytest.raises(PullRequestFailed, match=r"/pull/1 is no longer at aaaaaaa: Head branch"):
        host.merge(proposal, SHA, "t")
    assert pulls.pulls[0]["merged"] is False


def test_the_branch_of_a_fork_is_left_alone(host: GithubPullRequests, pulls: Pulls) -> None:
    proposal = propose(host)
    pulls.pulls[0]["head"]["repo"] = None  # the fork is gone
    assert host.merge(proposal, SHA, "t") == Merged(f"{1:040x}", deleted=False)
    assert BRANCH in pulls.branches


def test_which_branches_are_protected(host: GithubPullRequests, pulls: Pulls) -> None:
    pulls.protected.add("main")
    pulls.ruled.add(BRANCH)
    pulls.branches["free"] = SHA
    names = ("main", BRANCH, "free", "gone")
    assert [host.is_protected(name) for name in names] == [True, True, False, None]


@pytest.mark.parametrize(
    ("refusal", "problem", "fix"),
    [
        (
            Refusal(401, "Bad credentials"),
            "GitHub does not know the token in SHOP_TOKEN: it is wrong, or has expired",
            "set SHOP_TOKEN to a token that has `pull-requests: write` in acme/shop",
        ),
        (
            Refusal(403, "Resource not accessible by integration"),
            "the token in SHOP_TOKEN may not write pull requests of acme/shop: Resource not"
            " accessible by integration",
            "set SHOP_TOKEN to a token that has `pull-requests: write` in acme/shop",
        ),
        (
            Refusal(404, "Not Found"),
            "there is no repository acme/shop, or the token in SHOP_TOKEN may not see it",
            "set SHOP_TOKEN to a token that has `pull-requests: write` in acme/shop",
        ),
        (
            Refusal(403, "You have exceeded a secondary rate limit", {"Retry-After": "300"}),
            "GitHub's limit of requests is used up",
            "try again in 5 min",
        ),
        (
            Refusal(429, "Too many requests"),
            "GitHub's limit of requests is used up",
            "try again in some minutes",
        ),
        (
            Refusal(503, "Unicorn!"),
            "GitHub answers with 503",
            "try again later; https://www.githubstatus.com says whether GitHub has a problem",
        ),
        (
            Refusal(301, "Moved", {"Location": "https://elsewhere.example/"}),
            "acme/shop has another name now: correct it in rewind.yml, or the remote's address",
            "set `github: {repository: owner/name}` in rewind.yml",
        ),
        (
            Refusal(200, raw=b"<html>Log in</html>"),
            "GitHub's answer cannot be read",
            "look what stands between here and GitHub: a proxy?",
        ),
        (
            Refusal(200, raw=b'[{"number": "one"}]'),
            "GitHub's answer cannot be read",
            "look what stands between here and GitHub: a proxy?",
        ),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Refusal) else "",
)
def test_refusals_say_what_to_do(
    host: GithubPullRequests, hub: GitHub, refusal: Refusal, problem: str, fix: str
) -> None:
    hub.refuses = [("GET", refusal)]
    with pytest.raises(PullRequestFailed) as failed:
        propose(host)
    assert (failed.value.problem, failed.value.fix) == (problem, fix)
    assert hub.wrote == []
