"""Whatever GitHub is asked for is as GitHub describes it, and its own examples can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.github.prism import HOW, PATHS, Prism, served
from tests.github.pulls import Pulls
from tests.github.runs import SHA, Runs, job, run
from tests.github.told import Kept
from tests.notify.github_double import REPOSITORY, TOKEN, Asked, github

from dbt_rewind.integrations.channel import DeliveryFailed
from dbt_rewind.integrations.github_api import ONWARD, Github, open_github
from dbt_rewind.integrations.github_issues import GithubIssues
from dbt_rewind.integrations.github_pulls import GithubPullRequests
from dbt_rewind.integrations.github_runs import GithubRuns
from dbt_rewind.integrations.github_told import Deployment, GithubTold
from dbt_rewind.integrations.pull_requests import Proposal

BRANCH = "rollback/prod-r1-20240501-0300"
AT = datetime(2024, 5, 1, tzinfo=UTC)
DEPLOYMENT = Deployment("prod", True, SHA, "success", "r2 is live", "https://x.example/runs/7")


@pytest.fixture(scope="module")
def prism(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prism]:
    cache = getattr(request.config, "cache", None)
    folder = cache.mkdir("prism") if cache else tmp_path_factory.mktemp("prism")
    for found in served(folder):
        if found is None:
            pytest.skip(HOW)
        yield found


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    """Every kind of request, each as a command makes it."""
    with github() as hub:
        pulls, runs, kept = Pulls({"main": SHA, BRANCH: SHA}), Runs([run(12)]), Kept()
        hub.more += [pulls.answer, runs.answer, kept.answer]
        runs.jobs = [job(6, "Deploy")]
        runs.places = {6: "http://storage.example.com/log"}
        repository = open_github(REPOSITORY, TOKEN, "T", hub.address, 20)
        _issues(repository)
        _pulls(repository, pulls)
        _runs(repository)
        _told(repository)
        return hub.asked


def _issues(repository: Github) -> None:
    GithubIssues(repository, ("incident",)).try_out("subject", "body")
    with repository.connected():
        list(repository.issues(AT))
        repository.comment(1, "words")
        list(repository.comments(1, AT))


def _pulls(repository: Github, pulls: Pulls) -> None:
    host = GithubPullRequests(repository, print)
    proposal = host.propose(BRANCH, "main", "Roll back r2", "It is wrong.", ("emergency",))
    assert host.merge(proposal, SHA, "Roll back r2")
    assert host.is_protected("main") is False


def _runs(repository: Github) -> None:
    runs = GithubRuns(repository)
    runs.latest(5, branch="main", sha=SHA)
    runs.latest(5, workflow="deploy.yml")
    runs.run(12)
    runs.jobs(12)
    with pytest.raises(DeliveryFailed, match="not safe"):
        runs.log(6)


def _told(repository: Github) -> None:
    told = GithubTold(repository)
    told.deployed(DEPLOYMENT)
    told.deployed(DEPLOYMENT)
    for words in ("once", "twice"):
        told.comment_on_commit(SHA, "release prod", words)
        told.comment_on_pull(7, "plan prod", words)


def complaint(prism: Prism, asked: Asked) -> str | None:
    query = {name: values[0] for name, values in asked.query.items()}
    return prism.complaint(asked.method, asked.path, query, asked.body)


def test_every_request_is_as_described(prism: Prism, asked: list[Asked]) -> None:
    for each in asked:
        problem = complaint(prism, each)
        assert problem is None, f"{each.method} {each.path} {each.body}: {problem}"


def test_every_path_is_asked_for(asked: list[Asked]) -> None:
    """So that no path is in the description that nobody uses, and the other way round."""
    patterns = {path: re.compile(re.sub(r"\{\w+\}", "[^/]+", path)) for path in PATHS}
    used = {
        path for each in asked for path, pattern in patterns.items() if pattern.fullmatch(each.path)
    }
    assert used == set(PATHS)


def test_the_judge_finds_what_is_wrong(prism: Prism, asked: list[Asked]) -> None:
    """Otherwise the first test says nothing."""

    def first(method: str, end: str) -> Asked:
        return next(each for each in asked if each.method == method and each.path.endswith(end))

    listed, made = first("GET", "/pulls"), first("POST", "/pulls")
    status, merge = first("POST", "/statuses"), first("PUT", "/merge")
    wrong = [
        replace(listed, query={**listed.query, "state": ["any"]}),
        replace(listed, query={**listed.query, "per_page": ["many"]}),
        replace(listed, path=f"{listed.path}/of/nobody"),
        replace(made, body={"title": "t", "head": BRANCH}),
        replace(made, body={**made.body, "base": 5}),
        replace(merge, body={**merge.body, "merge_method": "squish"}),
        replace(status, body={**status.body, "state": "splendid"}),
        replace(first("POST", "/issues"), body={"body": "no title"}),
        replace(first("POST", "/issues"), body={"title": "t", "labels": "incident"}),
        replace(first("PATCH", "/issues/1"), body={"state": "shut"}),
        replace(first("POST", f"/commits/{SHA}/comments"), body={"text": "words"}),
        replace(first("POST", "/issues/7/comments"), body={"body": 5}),
        replace(first("PATCH", "/comments/2"), body={}),
        replace(first("POST", "/labels"), body={"labels": "emergency"}),
        replace(first("POST", "/deployments"), body={"environment": "prod"}),
        replace(first("GET", "/runs/12"), path=f"/repos/{REPOSITORY}/actions/runs/twelve"),
    ]
    assert [each for each in wrong if complaint(prism, each) is None] == []


def test_githubs_own_examples_can_be_read(prism: Prism) -> None:
    repository = open_github(REPOSITORY, TOKEN, "T", prism.address, 30)
    warnings: list[str] = []
    host = GithubPullRequests(repository, warnings.append)
    proposal = host.propose("new-topic", "master", "t", "b", ("emergency",))
    assert proposal == Proposal("https://github.com/octocat/Hello-World/pull/1347", 1347)
    merged = host.merge(proposal, "6dcb09b5b57875f334f61aebed695e2e4193db5e", "t")
    assert merged is not None
    assert re.fullmatch("[0-9a-f]{40}", merged.sha)
    assert merged.deleted is False  # the example's branch is that of another repository
    assert host.is_protected("main") is True
    assert warnings == []

    runs = GithubRuns(repository)
    (found,) = runs.latest(1)
    assert (found.id, found.event, found.is_good) == (30433642, "push", False)
    one = runs.run(30433642)
    assert one is not None
    assert one.address == "https://github.com/octo-org/octo-repo/actions/runs/30433642"
    (done,) = runs.jobs(30433642)
    assert done.conclusion == "success"
    assert all(step.started_at and step.completed_at for step in done.steps)
    answer = repository.answer("GET", "actions/jobs/1/logs", refusals=(ONWARD,))
    assert answer.status == ONWARD

    told = GithubTold(repository)
    told.deployed(replace(DEPLOYMENT, run=None))
    told.deployed(DEPLOYMENT)
    told.comment_on_commit(SHA, "release prod", "words")
    told.comment_on_pull(7, "plan prod", "words")
    with repository.connected():
        assert list(repository.issues(AT)) == []  # the example is a pull request
        assert list(repository.comments(1347, AT)) == ["Me too"]
