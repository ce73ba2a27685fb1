"""What mail and webhooks really get, once each, and what becomes of it where they are not well."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from tests.notify.hooks import Hooks
from tests.notify.mailbox import Mailbox
from tests.notify.project import BODY, OPENED, Notified

from dbt_rewind.model import Severity, Topic
from dbt_rewind.procedures.announcement import Announcement

SUBJECT = "[prod] I3 opened: Revenue <b>is</b> wrong & late (M1)"
TOKEN = "T0kenThatNobodyMaySee"


def about(number: int) -> Announcement:
    return Announcement(Topic.ESCALATED, f"I3 level {number}", Severity.HIGH, f"{number}", "b")


def test_a_mail_is_plain_text_and_comes_once(project: Notified, mails: Mailbox) -> None:
    project.channel(mails.address)
    for _ in range(2):
        project.announce()
    project.deliver()
    (mail,) = mails.mails
    assert mail["Subject"] == SUBJECT
    assert mail["To"] == "team@example.com"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n").strip() == BODY
    assert project.warnings == []


def test_a_webhook_gets_exactly_this_and_once(project: Notified, web: Hooks) -> None:
    project.channel(web.address())
    for _ in range(2):
        project.announce()
    project.deliver()
    assert web.taken == [
        {
            "version": "1.0",
            "title": SUBJECT,
            "message": BODY,
            "attachments": [],
            "type": "failure",
        }
    ]
    assert project.warnings == []


def test_several_messages_at_once_all_get_through_in_their_order(
    project: Notified, mails: Mailbox
) -> None:
    """Apprise would wait for 5.5 s between two mails."""
    project.channel(mails.address)
    port, mails_port = closed_port(), mails.port
    project.set_address("TEAM_PLACE", mails.address.replace(str(mails_port), str(port)))
    for number in range(1, 4):
        project.announce(about(number))
    assert mails.mails == []
    project.set_address("TEAM_PLACE", mails.address)
    wait_out_claims(project)
    assert [mail["Subject"].split()[0] for mail in mails.mails] == ["1", "2", "3"]


def wait_out_claims(project: Notified) -> None:
    with pytest.MonkeyPatch.context() as patch:
        from dbt_rewind import clock

        later = clock.now() + timedelta(minutes=10)
        patch.setattr(clock, "now", lambda: later)
        project.deliver()


@pytest.mark.parametrize(
    ("status", "headers"),
    [(500, {}), (429, {"Retry-After": "20"}), (404, {}), (401, {}), (503, {"Retry-After": "x"})],
)
def test_who_answers_with_an_error_is_asked_again(
    project: Notified, web: Hooks, now: list[datetime], status: int, headers: dict[str, str]
) -> None:
    project.channel(web.address(f"/hooks/{TOKEN}"))
    web.answers = [(status, headers)] * 2
    project.announce()
    assert project.runbook.messages[1].attempts == 1
    now[0] += timedelta(seconds=59)
    assert project.deliver().sent == ()
    for minutes in (1, 2):
        now[0] += timedelta(minutes=minutes)
        project.deliver()
    assert [hook["title"] for hook in web.taken] == [SUBJECT]
    assert len(web.paths) == 3
    assert len(project.warnings) == 2
    assert str(status) in project.warnings[0]
    assert TOKEN not in "".join(project.warnings)
    assert TOKEN not in str(project.runbook.events)


def test_who_never_takes_it_is_given_up(project: Notified, web: Hooks, now: list[datetime]) -> None:
    project.channels("channels: {team: {url: TEAM_PLACE}}", "attempts: 3")
    project.set_address("TEAM_PLACE", web.address())
    web.answers = [(500, {})] * 9
    project.announce()
    for _ in range(5):
        now[0] += timedelta(hours=1)
        project.deliver()
    assert len(web.paths) == 3
    assert project.runbook.messages[1].given_up
    assert project.warnings[-1].startswith("M1 to team is given up (")


def test_who_is_down_costs_no_time_and_gets_it_later(
    project: Notified, web: Hooks, now: list[datetime]
) -> None:
    project.channel(f"json://localhost:{closed_port()}/hooks/{TOKEN}")
    began = time.monotonic()
    delivery = project.announce()
    assert time.monotonic() - began < 10
    assert [message.id for message in delivery.later] == ["M1"]
    (warning,) = project.warnings
    assert warning.startswith("M1 to team was not taken (")
    assert TOKEN not in warning
    project.set_address("TEAM_PLACE", web.address())
    now[0] += timedelta(minutes=1)
    assert [message.id for message in project.deliver().sent] == ["M1"]
    assert [hook["message"] for hook in web.taken] == [BODY]


@pytest.mark.parametrize("kind", ["webhook", "mail"])
def test_who_accepts_and_never_answers_costs_the_time_that_is_granted(
    project: Notified, web: Hooks, mails: Mailbox, now: list[datetime], kind: str
) -> None:
    web.slow = True
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        port = mute.getsockname()[1]
        mute_mail = mails.address.replace(str(mails.port), str(port))
        address = {"webhook": web.address("/?rto=60&cto=60&retry=5"), "mail": mute_mail}[kind]
        project.channels(
            "channels: {slow: {url: SLOW_PLACE}, good: {url: GOOD_PLACE}}", timeout="1s"
        )
        project.set_address("SLOW_PLACE", address)
        project.set_address("GOOD_PLACE", mails.address)
        project.announce(about(0))  # the first imports Apprise, which takes time of its own
        now[0] += timedelta(seconds=1)
        began = time.monotonic()
        delivery = project.announce(about(1))
        took = time.monotonic() - began
    assert took < 6
    assert [message.channel for message in delivery.sent] == ["good"]
    assert [message.channel for message in delivery.later] == ["slow"]
    assert [mail["Subject"].split()[0] for mail in mails.mails] == ["0", "1"]


def test_nothing_is_sent_of_an_environment_that_is_not_in_production(
    project: Notified, web: Hooks
) -> None:
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.announce import announce

    project.channel(web.address())
    announce(open_workspace(project.folder, "dev"), OPENED, project.warnings.append)
    assert web.paths == []
    assert not project.folder.joinpath("dev.db").exists()


def test_an_address_in_somebodys_words_is_masked_before_it_is_recorded(
    project: Notified, web: Hooks
) -> None:
    address = web.address(f"/hooks/{TOKEN}")
    project.channel(address)
    words = f"the hook {address} is deaf, {TOKEN} as well"
    project.announce(Announcement(Topic.INCIDENT_NOTED, "I3 note 1", None, words, words))
    assert TOKEN not in str(project.runbook.events)
    assert [hook["title"] for hook in web.taken] == ["the hook ***** is deaf, ***** as well (M1)"]
    mirror = project.folder / ".rewind" / "prod.runbook.ledger.jsonl"
    assert TOKEN not in mirror.read_text()


def closed_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port: int = probe.getsockname()[1]
    return port
