"""`rewind notify test`, with receivers that take it and receivers that do not."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from tests.notify.github_double import TOKEN, GitHub, Refusal
from tests.notify.hooks import Hooks
from tests.notify.mailbox import Mailbox
from tests.notify.project import Notified
from tests.notify.test_github import ISSUE, settings

from dbt_rewind.cli.main import run

BODY = """\
Environment: prod
By: ana
Note: this is a test; nothing has happened

Next: rewind status --env prod"""


@pytest.fixture
def tried(
    project: Notified,
    web: Hooks,
    mails: Mailbox,
    hub: GitHub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    """Runs the command on a webhook, a mailbox and GitHub; returns its exit code and document."""
    channels = "channels: {team: {url: TEAM_PLACE}, all: {url: ALL_PLACE, environments: [dev]}}"
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("GITHUB_ACTOR", "ana")
    project.set_address("TEAM_PLACE", web.address())
    project.set_address("SHOP_TOKEN", TOKEN)

    def with_options(*options: str, timeout: str = "20s") -> tuple[int, Any]:
        project.channels(channels, settings(hub), timeout=timeout)
        status = run(["notify", "test", "--json", *options])
        return status, json.loads(capsys.readouterr().out)

    return with_options


def test_each_channel_gets_one_message_that_is_recorded_nowhere(
    tried: Any, project: Notified, web: Hooks, hub: GitHub
) -> None:
    status, document = tried()
    assert status == 0
    nothing = {"problem": "", "fix": ""}
    assert document["channels"] == [
        {"channel": "team", "result": "taken", **nothing, "link": None},
        {"channel": "github", "result": "taken", **nothing, "link": ISSUE},
    ]
    (hook,) = web.taken
    assert (hook["title"], hook["message"]) == ("[prod] test message", BODY)
    (issue,) = hub.issues
    assert issue["title"] == "[prod] test message"
    assert BODY in issue["body"]
    assert (issue["state"], issue["state_reason"]) == ("closed", "not_planned")
    assert not project.folder.joinpath("shop.duckdb").exists()


def test_only_the_channel_that_is_asked_for_gets_it(tried: Any, web: Hooks, hub: GitHub) -> None:
    assert tried("--channel", "team")[0] == 0
    assert len(web.taken) == 1
    assert hub.asked == []


def test_channels_of_another_environment_are_tried_there(
    tried: Any, project: Notified, mails: Mailbox, web: Hooks
) -> None:
    project.set_address("ALL_PLACE", mails.address)
    assert tried("--env", "dev")[0] == 0
    assert mails.mails[0]["Subject"] == "[dev] test message"
    assert web.paths == []


def test_what_is_wrong_is_told_of_each_and_stops_no_other(
    tried: Any, web: Hooks, hub: GitHub
) -> None:
    hub.refuses = [("POST", Refusal(401))]
    status, document = tried()
    assert status == 15
    assert [each["result"] for each in document["channels"]] == ["taken", "not taken"]
    assert "SHOP_TOKEN" in document["channels"][1]["problem"]


def test_labels_that_are_left_out_are_told(tried: Any, hub: GitHub) -> None:
    hub.may_label = False
    status, document = tried("--channel", "github")
    assert status == 15
    assert document["channels"][0]["problem"] == (
        f"{ISSUE} was made without its labels (incident), which needs a token that may push"
    )
    assert hub.issues[0]["state"] == "closed"


def test_a_receiver_that_does_not_answer_costs_the_time_that_is_granted(
    tried: Any, web: Hooks
) -> None:
    web.slow = True
    tried("--channel", "team", timeout="100ms")  # the first imports Apprise
    began = time.monotonic()
    status, document = tried("--channel", "team", timeout="1s")
    assert time.monotonic() - began < 6
    assert status == 15
    assert document["channels"][0]["result"] == "not taken"
