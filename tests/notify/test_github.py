"""Incidents as issues: what GitHub is asked for, once each, and what its refusals lead to."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.notify.github_double import REPOSITORY, TOKEN, GitHub, Refusal
from tests.notify.project import AT, Notified

from dbt_rewind.engine.access import Access
from dbt_rewind.engine.runbook.incidents import opened_payload
from dbt_rewind.engine.runbook.logbook import open_logbook
from dbt_rewind.model import EventKind, Incident, Note, Severity, Topic
from dbt_rewind.procedures.announce import outbox_of
from dbt_rewind.procedures.announcement import Announcement
from dbt_rewind.procedures.messages import (
    incident_closed,
    incident_noted,
    incident_opened,
    policy_changed,
    rolled_back,
)

NOTE = Note(AT, "ben", "```looks``` like @acme/team and #12")
INCIDENT = Incident(1, AT, "ana", "Revenue is wrong", Severity.CRITICAL, (12,), notes=(NOTE,))
OPENED = incident_opened("prod", INCIDENT)
NOTED = incident_noted("prod", INCIDENT, NOTE)
BACK = rolled_back("prod", publish=41, source=12, target=11, by="ana", reason="bad numbers")
CLOSED = incident_closed("prod", INCIDENT, "totals are right again")
MARK = "<!-- dbt-rewind I1 prod 2024-05-01T03:00:00+00:00 -->"
ISSUE = "https://github.example.com/acme/shop/issues/1"
ANNOUNCE = """\
from pathlib import Path
from dbt_rewind.engine.workspace import open_workspace
from dbt_rewind.procedures.announce import announce
from dbt_rewind.procedures.messages import incident_opened
from dbt_rewind.procedures.runbook import holding_runbook
workspace = open_workspace(Path.cwd(), "prod")
with holding_runbook(workspace) as (book, _):
    incident = book.runbook.incidents[1]
announce(workspace, incident_opened("prod", incident), print)
"""
_ISSUES = f"/repos/{REPOSITORY}/issues"


@pytest.fixture
def project(project: Notified, hub: GitHub) -> Notified:
    """One incident is open, and GitHub is to be told of incidents."""
    project.channels(settings(hub), timeout="20s")
    project.set_address("SHOP_TOKEN", TOKEN)
    record(project, EventKind.OPENED, opened_payload(INCIDENT))
    return project


def settings(hub: GitHub, *more: str) -> str:
    chosen = ("repository: acme/shop", "token: SHOP_TOKEN", f"api: '{hub.address}'", *more)
    return f"github: {{{', '.join(chosen)}}}"


def record(project: Notified, kind: EventKind, payload: Mapping[str, Any]) -> None:
    outbox = outbox_of(project.workspace)
    access = Access(outbox.connect)
    with open_logbook(access, "prod", outbox.mirror, outbox.owner) as book:
        book.append(kind, payload)
    access.close()


def test_an_incident_is_an_issue_and_what_follows_its_comments(
    project: Notified, hub: GitHub
) -> None:
    for announcement in (OPENED, NOTED, BACK, CLOSED, CLOSED):
        project.announce(announcement)
    assert project.warnings == []
    (issue,) = hub.issues
    assert issue["title"] == "[prod] I1: Revenue is wrong"
    assert [label["name"] for label in issue["labels"]] == ["incident", "critical"]
    assert issue["body"] == (
        "```text\nEnvironment: prod\nSeverity: critical\nOpened by: ana\n"
        "Incident: I1, Revenue is wrong\nReleases: r12\n\n"
        "Next: rewind incident ack I1 --env prod\n\n"
        f"Message M1 of prod, sent by dbt-rewind\n```\n\n{MARK}\n"
    )
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    noted, back, closed = (comment["body"] for comment in hub.comments[1])
    # Nobody is mentioned and nothing linked by what somebody wrote: the fence is longer.
    assert noted.startswith("````text\nEnvironment: prod\n")
    assert "Note: ```looks``` like @acme/team and #12\n" in noted
    assert noted.endswith("\n````\n\n<!-- dbt-rewind M2 prod 2024-05-01T03:00:00+00:00 -->\n")
    assert "Releases: r12 -> r11\nReason: bad numbers\n" in back
    assert "Note: totals are right again\n" in closed
    assert project.runbook.incidents[1].links == {"github": ISSUE}
    assert hub.wrote == [
        f"POST {_ISSUES}",
        f"POST {_ISSUES}/1/comments",
        f"POST {_ISSUES}/1/comments",
        f"POST {_ISSUES}/1/comments",
        f"PATCH {_ISSUES}/1",
    ]


def test_what_belongs_to_no_incident_is_no_business_of_github(
    project: Notified, hub: GitHub
) -> None:
    project.announce(policy_changed("prod", digest="f", by="ana", reason=""))
    project.announce(rolled_back("prod", publish=9, source=4, target=3, by="a", reason=""))
    assert hub.asked == []
    assert project.runbook.messages == {}


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_was_done_before_the_process_died_is_not_done_again(
    project: Notified, hub: GitHub, now: list[datetime], method: str
) -> None:
    """The answer is lost: the issue is there, and nobody has recorded it."""
    for announcement in (OPENED, NOTED, CLOSED):
        hub.refuses = [(method, Refusal(502, does_it=True))]
        project.announce(announcement)
        hub.refuses = []
        for _ in range(2):
            now[0] += timedelta(minutes=2)
            project.deliver()
    assert len(hub.issues) == 1
    assert len(hub.comments[1]) == 2
    assert hub.issues[0]["state"] == "closed"
    assert all(message.sent_at for message in project.runbook.messages.values())


def test_a_process_that_is_killed_before_it_knows_of_the_issue_leaves_one(
    project: Notified, hub: GitHub, now: list[datetime]
) -> None:
    hub.refuses = [("POST", Refusal(201, does_it=True, is_mute=True))]
    process = subprocess.Popen([sys.executable, "-c", ANNOUNCE], cwd=project.folder)
    try:
        until = time.monotonic() + 60
        while not hub.issues and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    assert len(hub.issues) == 1
    assert project.runbook.incidents[1].links == {}
    now[0] = datetime.now(UTC)
    assert project.deliver().sent == ()  # it might be at it still
    now[0] += timedelta(minutes=2)
    assert [message.id for message in project.deliver().sent] == ["M1"]
    assert len(hub.issues) == 1
    assert project.runbook.incidents[1].links == {"github": ISSUE}


def test_the_mark_is_looked_for_on_every_page_and_not_in_pull_requests(
    project: Notified, hub: GitHub, now: list[datetime]
) -> None:
    hub.add_issue({"title": "a change", "body": MARK, "pull_request": {}})
    hub.add_issue({"title": "ours", "body": f"words\n\n{MARK}\n"})
    hub.add_issue({"title": "a copy", "body": f"> {MARK}"})
    for number in range(120):
        hub.add_issue({"title": f"other {number}", "body": None})
    project.announce(OPENED)
    assert hub.wrote == []
    assert project.runbook.incidents[1].links == {"github": ISSUE.replace("/1", "/2")}


def test_another_incident_of_the_same_number_is_another(project: Notified, hub: GitHub) -> None:
    """Of another project with the same repository, or of a ledger that was begun anew."""
    hub.add_issue({"title": "t", "body": "<!-- dbt-rewind I1 prod 2023-01-01T00:00:00+00:00 -->"})
    project.announce(OPENED)
    assert len(hub.issues) == 2


def test_an_issue_that_was_never_made_is_made_when_there_is_more_to_tell(
    project: Notified, hub: GitHub
) -> None:
    hub.refuses = [("POST", Refusal(422, "Validation Failed"))]
    project.announce(OPENED)
    assert project.runbook.messages[1].given_up
    project.announce(NOTED)
    (issue,) = hub.issues
    assert issue["title"] == "[prod] I1: Revenue is wrong"
    assert MARK in issue["body"]
    assert "Opened: 2024-05-01T03:00:00+00:00" in issue["body"]
    assert len(hub.comments[1]) == 1


def test_another_repository_gets_an_issue_of_its_own(project: Notified, hub: GitHub) -> None:
    record(
        project,
        EventKind.LINKED,
        {"incident": 1, "to": "github", "at": "https://github.com/acme/old/issues/77"},
    )
    project.announce(NOTED)
    assert hub.issues[0]["title"] == "[prod] I1: Revenue is wrong"
    assert project.runbook.incidents[1].links == {"github": ISSUE}


REFUSED = {
    "a wrong token": (
        Refusal(401, "Bad credentials"),
        "GitHub does not know the token in SHOP_TOKEN: it is wrong, or has expired",
    ),
    "a token that may not": (
        Refusal(403, "Resource not accessible by personal access token"),
        "the token in SHOP_TOKEN may not write issues of acme/shop: Resource not accessible by"
        " personal access token",
    ),
    "no repository": (
        Refusal(404, "Not Found"),
        "there is no repository acme/shop, or the token in SHOP_TOKEN may not see it",
    ),
    "no issues": (Refusal(410, "Issues are disabled"), "acme/shop has its issues switched off"),
    "invalid": (
        Refusal(422, f"Validation Failed: {TOKEN}"),
        "GitHub takes the request for invalid: Validation Failed: *****",
    ),
    "another name": (
        Refusal(301, "Moved Permanently", {"Location": "/repositories/1/issues"}),
        "acme/shop has another name now: correct it in rewind.yml, or the remote's address",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_pass_by_itself_is_given_up_at_once(
    project: Notified, hub: GitHub, case: str
) -> None:
    refusal, problem = REFUSED[case]
    hub.refuses = [("GET", refusal)]
    project.announce(OPENED)
    assert project.warnings == [f"M1 to github is given up ({problem})"]
    assert len(hub.asked) == 1
    assert TOKEN not in str(project.runbook.events)


PASSES: dict[str, tuple[Callable[[], Refusal], str, int]] = {
    "a limit with a time": (
        lambda: Refusal(403, "You have exceeded a secondary rate limit", {"Retry-After": "300"}),
        "GitHub's limit of requests is used up",
        5,
    ),
    "a limit with a moment": (
        lambda: Refusal(
            403,
            "API rate limit exceeded",
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 600)},
        ),
        "GitHub's limit of requests is used up",
        9,
    ),
    "a limit without either": (
        lambda: Refusal(403, "You have exceeded a secondary rate limit. Please wait."),
        "GitHub's limit of requests is used up",
        1,
    ),
    "too many": (lambda: Refusal(429, "Slow down"), "GitHub's limit of requests is used up", 1),
    "a nonsensical limit": (
        lambda: Refusal(429, "Slow down", {"Retry-After": "tomorrow"}),
        "GitHub's answer cannot be read",
        1,
    ),
    "a fault of theirs": (lambda: Refusal(503, "Unicorn!"), "GitHub answers with 503", 1),
    "a page to log in": (
        lambda: Refusal(200, raw=b"<html>Log in</html>"),
        "GitHub's answer cannot be read",
        1,
    ),
    "something else": (lambda: Refusal(200, raw=b'{"a": 1}'), "GitHub's answer cannot be read", 1),
}


@pytest.mark.parametrize("case", PASSES)
def test_what_passes_by_itself_is_tried_again_when_it_helps(
    project: Notified, hub: GitHub, now: list[datetime], case: str
) -> None:
    refusal, problem, minutes = PASSES[case]
    hub.refuses = [("GET", refusal())]
    project.announce(OPENED)
    assert project.warnings == [
        f"M1 to github was not taken ({problem}): queued, `rewind tick` tries again"
    ]
    now[0] += timedelta(minutes=minutes) - timedelta(seconds=1)
    assert project.deliver().sent == ()
    now[0] += timedelta(minutes=1, seconds=1)
    assert [message.id for message in project.deliver().sent] == ["M1"]
    assert len(hub.issues) == 1


def test_a_github_that_does_not_answer_costs_the_time_that_is_granted(
    project: Notified, hub: GitHub, now: list[datetime]
) -> None:
    import githubkit  # noqa: F401 -- takes time of its own

    project.channels(settings(hub), timeout="1s")
    hub.slow = True
    began = time.monotonic()
    delivery = project.announce(OPENED)
    assert time.monotonic() - began < 8
    assert [message.id for message in delivery.later] == ["M1"]
    assert TOKEN not in "".join(project.warnings)
    hub.slow = False
    project.channels(settings(hub), timeout="20s")
    now[0] += timedelta(minutes=1)
    assert [message.id for message in project.deliver().sent] == ["M1"]
    assert len(hub.issues) == 1


def test_a_github_that_is_down_says_why(project: Notified, hub: GitHub) -> None:
    api = "http://127.0.0.1:9"
    project.channels(f"github: {{repository: acme/shop, token: SHOP_TOKEN, api: '{api}'}}")
    project.announce(OPENED)
    (warning,) = project.warnings
    assert warning.startswith("M1 to github was not taken (GitHub cannot be reached: ")
    assert TOKEN not in warning


def test_ci_says_which_api_there_is(
    project: Notified, hub: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.channels("github: {repository: acme/shop}", timeout="20s")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", hub.address)
    project.announce(OPENED)
    assert len(hub.issues) == 1


def test_the_repository_of_all_is_that_of_issues(project: Notified, hub: GitHub) -> None:
    project.channels("github: {labels: [data]}", timeout="20s")
    config = project.folder / "rewind.yml"
    shared = f"github: {{repository: acme/shop, token: SHOP_TOKEN, api: '{hub.address}'}}\n"
    config.write_text(config.read_text() + shared)
    project.announce(OPENED)
    assert project.warnings == []
    assert len(hub.issues) == 1


def test_without_a_repository_nothing_is_sent(project: Notified, hub: GitHub) -> None:
    project.channels("github: {token: SHOP_TOKEN}")
    project.announce(OPENED)
    (warning,) = project.warnings
    assert "nothing says which repository on GitHub it is" in warning
    assert hub.asked == []


def test_a_token_is_sent_nowhere_without_tls(
    project: Notified, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.channels("github: {repository: acme/shop}")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", "http://api.github.com")
    project.announce(OPENED)
    assert project.warnings == [
        "messages to github wait: GITHUB_API_URL is no address that a token may be sent to (write"
        " it as https://github.example.com/api/v3)"
    ]


def test_only_what_is_chosen_becomes_an_issue(project: Notified, hub: GitHub) -> None:
    chosen = settings(hub, "severity: high", "labels: [incident, data]")
    project.channels(chosen, timeout="20s")
    mild = replace(INCIDENT, number=2, severity=Severity.LOW, title="Late", releases=(9,))
    record(project, EventKind.OPENED, opened_payload(mild))
    project.announce(incident_opened("prod", mild))
    back = Announcement(Topic.ROLLED_BACK, "publish 5", None, "s", "b", {"left": "r9"})
    project.announce(back)
    assert hub.asked == []
    project.announce(OPENED)
    assert [label["name"] for label in hub.issues[0]["labels"]] == ["incident", "data", "critical"]
