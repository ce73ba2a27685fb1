"""A hotfix on GitHub, by one command: from the incident to the run that its merge starts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from tests.cli.cases import with_protected_branch
from tests.cli.shop import Shop
from tests.cli.test_pull_requests import OfRemote
from tests.github.runs import Runs, run
from tests.notify.github_double import TOKEN, Asked, GitHub, github

HOTFIX = ("rollback", "--yes", "--strategy", "hotfix", "--reason", "wrong", "--json")


class Merging(OfRemote):
    """Squash-merges on the remote, past its hook, as GitHub does; a run of it ends as `concludes`
    says."""

    def __init__(self, shop: Shop, runs: Runs, concludes: str) -> None:
        super().__init__(shop)
        self.runs = runs
        self.concludes = concludes

    def remote(self, *arguments: str) -> str:
        folder = self.shop.sandbox.git("remote", "get-url", "origin")
        return self.shop.sandbox.git("--git-dir", folder, *arguments)

    def answer(self, asked: Asked) -> tuple[int, Any] | None:
        gone = asked.path.partition("/git/refs/")[2]
        if asked.method == "DELETE" and gone:
            self.remote("update-ref", "-d", f"refs/{unquote(gone)}")
            return 204, None
        return super().answer(asked)

    def _merged(self, pull: dict[str, Any], content: dict[str, Any]) -> tuple[int, Any]:
        status, answer = super()._merged(pull, content)
        if status == 200:
            tree, title = f"{content['sha']}^{{tree}}", content["commit_title"]
            sha = self.remote("commit-tree", tree, "-p", "main", "-m", title)
            self.remote("update-ref", "refs/heads/main", sha)
            pull["merge_commit_sha"] = answer["sha"] = sha
            ended = {"status": "completed", "conclusion": self.concludes}
            self.runs.runs.insert(0, run(7, head_sha=sha, **ended))
        return status, answer


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with github() as server:
        yield server


def set_up(shop: Shop, hub: GitHub, concludes: str = "success") -> Merging:
    with_protected_branch(shop)
    setting = f"github: {{repository: acme/shop, token: SHOP_TOKEN, api: '{hub.address}'}}\n"
    shop.write("rewind.yml", lambda text: text + setting)
    runs = Runs()
    pulls = Merging(shop, runs, concludes)
    hub.more += [pulls.answer, runs.answer]
    return pulls


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)


def test_from_the_incident_to_the_run(shop: Shop, hub: GitHub) -> None:
    pulls = set_up(shop, hub)
    ran = shop.run(*HOTFIX)
    assert ran.status == 0, ran.err
    document = json.loads(ran.out)
    code = document["code"]
    assert code["way"] == "merged"
    assert code["run"] == {"id": 7, "state": "success", "good": True}
    (pull,) = pulls.pulls
    assert {each["name"] for each in pull["labels"]} == {"emergency"}
    assert pull["head"]["ref"].startswith("hotfix/rollback-")
    assert list(pulls.branches) == ["main"]
    assert pulls.remote("rev-parse", "main^{tree}") == pulls.remote("rev-parse", "main~2^{tree}")
    assert "I1" in shop.run("incident", "list").out
    assert "`git pull` brings that" in shop.run("status").out


def test_a_run_that_fails_is_said(shop: Shop, hub: GitHub) -> None:
    set_up(shop, hub, "failure")
    ran = shop.run(*HOTFIX)
    assert json.loads(ran.out)["code"]["run"]["good"] is False
    assert "rewind run logs 7" in ran.err
    assert TOKEN not in ran.out + ran.err


def test_where_a_review_must_come_first_the_same_command_goes_on(shop: Shop, hub: GitHub) -> None:
    pulls = set_up(shop, hub)
    pulls.admits = False
    assert json.loads(shop.run(*HOTFIX).out)["code"]["way"] == "proposed"
    assert "main" in shop.run("status").out
    pulls.admits = True
    again = shop.run("rollback", "--code-only", "--strategy", "hotfix", "--yes", "--json")
    assert json.loads(again.out)["code"]["way"] == "merged"
    assert len(pulls.pulls) == 1
