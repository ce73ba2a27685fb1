"""A rollback whose branch takes no push is proposed on GitHub: once, however often it is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from tests.cli.cases import with_protected_branch
from tests.cli.shop import Shop
from tests.github.pulls import SITE, Pulls
from tests.notify.github_double import TOKEN, GitHub, Refusal, github


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with github() as server:
        yield server


@pytest.fixture
def pulls(hub: GitHub, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Pulls:
    """main takes no push, and GitHub has the remote's branches."""
    with_protected_branch(shop)
    setting = f"github: {{repository: acme/shop, token: SHOP_TOKEN, api: '{hub.address}'}}\n"
    shop.write("rewind.yml", lambda text: text + setting)
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    found = OfRemote(shop)
    hub.more.append(found.answer)
    return found


class OfRemote(Pulls):
    """Its branches are those of the remote."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.shop = shop

    @property
    def branches(self) -> dict[str, str]:
        listed = self.shop.sandbox.git("ls-remote", "--heads", "origin").splitlines()
        pairs = (line.split("\trefs/heads/") for line in listed)
        return {name: sha for sha, name in pairs}

    @branches.setter
    def branches(self, found: dict[str, str]) -> None:
        pass


def test_a_pull_request_is_opened(shop: Shop, pulls: Pulls) -> None:
    ran = shop.run("rollback", "--yes", "--reason", "wrong", "--json")
    assert ran.status == 0
    code = json.loads(ran.out)["code"]
    assert code["way"] == "proposed"
    assert code["pull_request"] == {"address": f"{SITE}/pull/1", "number": 1}
    (pull,) = pulls.pulls
    assert pull["base"]["ref"] == "main"
    assert "wrong" in pull["body"]


REFUSED = {
    "a fault of theirs": Refusal(503, "Unicorn!"),
    "a limit": Refusal(429, "Slow down"),
    "a token that may not": Refusal(403, "Resource not accessible by integration"),
    "a token that is wrong": Refusal(401, "Bad credentials"),
    "an answer that is lost": Refusal(502, does_it=True),
}


def test_without_network_the_branch_waits_for_a_pull_request(shop: Shop, pulls: Pulls) -> None:
    address = "http://127.0.0.1:9"
    shop.write("rewind.yml", lambda text: re.sub(r"api: '[^']+'", f"api: '{address}'", text))
    ran = shop.run("rollback", "--yes", "--reason", "wrong")
    assert "r1 is live in prod" in ran.out
    assert "GitHub cannot be reached" in ran.out
    assert ran.status == 19
    assert "open it by hand" in ran.err
    assert len(pulls.branches) == 2
    assert "main" in shop.run("status").out


@pytest.mark.parametrize("case", REFUSED)
def test_what_github_refuses_is_said_and_done_later(
    shop: Shop, hub: GitHub, pulls: Pulls, case: str
) -> None:
    """Users see the good release whatever GitHub says, and nothing is opened twice."""
    hub.refuses = [("POST", REFUSED[case])]
    ran = shop.run("rollback", "--yes", "--reason", "wrong")
    assert "r1 is live in prod" in ran.out
    assert re.search("GitHub|the token in SHOP_TOKEN may not", ran.out)
    assert TOKEN not in ran.out + ran.err
    shop.run("rollback", "--code-only", "--yes")
    assert len(pulls.pulls) == 1
