"""Announcements: queued once, sent once, bounded in time, tried again, given up."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.procedures.outboxes import NotTriedOut, Post, receiver, subjects

from dbt_rewind import clock
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.runbook.logbook import open_logbook
from dbt_rewind.errors import WarehouseUnreachable
from dbt_rewind.integrations.channel import (
    Channel,
    ChannelUnusable,
    DeliveryFailed,
    DeliveryRefused,
    SilentChannel,
)
from dbt_rewind.model import Incident, Message, Severity, Topic
from dbt_rewind.procedures.announce import announce_to, deliver_from
from dbt_rewind.procedures.announcement import Announcement
from dbt_rewind.procedures.messages import (
    incident_closed,
    incident_opened,
    policy_changed,
    rolled_back,
)
from dbt_rewind.procedures.outbox import claim, queue

AT = datetime(2024, 5, 1, 3, tzinfo=UTC)
INCIDENT = Incident(3, AT, "ana", "Revenue is wrong", Severity.HIGH, (12,))
OPENED = incident_opened("prod", INCIDENT)
CLOSED = incident_closed("prod", INCIDENT, "over")
BACK = rolled_back("prod", publish=41, source=12, target=11, by="ana", reason="bad numbers")
MILD = Announcement(Topic.ROLLED_BACK, "publish 2", Severity.LOW, "s", "b")


@dataclass
class Failing(NotTriedOut):
    """Fails as often as it has errors left, then takes what comes."""

    errors: list[Exception]
    taken: list[Message] = field(default_factory=list)
    keeps_order: bool = False

    def send(self, environment: str, message: Message) -> str | None:
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(message)
        return None


@dataclass
class Slow(NotTriedOut):
    """Answers when it is let go."""

    let_go: threading.Event = field(default_factory=threading.Event)
    keeps_order: bool = False

    def send(self, environment: str, message: Message) -> str | None:
        self.let_go.wait(60)
        return None


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time, which a test moves."""
    time_now = [AT]
    monkeypatch.setattr(clock, "now", lambda: time_now[0])
    return time_now


def test_each_channel_that_wants_it_gets_it_once(post: Post) -> None:
    team, pager, audit = SilentChannel(), SilentChannel(), SilentChannel()
    outbox = post.outbox(
        receiver("team", team),
        receiver("pager", pager, (Topic.INCIDENT_OPENED,), Severity.HIGH),
        receiver("audit", audit, (Topic.POLICY_CHANGED,)),
    )
    for announcement in (
        OPENED,
        OPENED,
        BACK,
        MILD,
        policy_changed("prod", digest="f", by="a", reason=""),
    ):
        announce_to(outbox, announcement, post.warn)
    assert [message.topic for message in team.taken] == [
        Topic.INCIDENT_OPENED,
        Topic.ROLLED_BACK,
        Topic.ROLLED_BACK,
        Topic.POLICY_CHANGED,
    ]
    assert subjects(pager) == ["[prod] I3 opened: Revenue is wrong"]
    assert [message.topic for message in audit.taken] == [Topic.POLICY_CHANGED]
    assert all(message.sent_at for message in post.messages.values())
    assert post.warnings == []


def test_two_notes_of_one_incident_are_two_announcements(post: Post) -> None:
    team = SilentChannel()
    outbox = post.outbox(receiver("team", team))
    for about in ("I3 note 1", "I3 note 2", "I3 note 2"):
        announce_to(outbox, Announcement(Topic.INCIDENT_NOTED, about, None, about, ""), post.warn)
    assert subjects(team) == ["I3 note 1", "I3 note 2"]


def test_what_is_not_taken_is_tried_after_1_2_4_minutes(post: Post, now: list[datetime]) -> None:
    team = Failing([DeliveryFailed("it is down")] * 3)
    outbox = post.outbox(receiver("team", team))
    announce_to(outbox, OPENED, post.warn)
    assert post.warnings == [
        "M1 to team was not taken (it is down): queued, `rewind tick` tries again"
    ]
    tried = []
    while not team.taken:
        before = len(team.errors)
        now[0] += timedelta(seconds=30)
        deliver_from(outbox, post.warn)
        if team.taken or len(team.errors) < before:
            tried.append(now[0] - AT)
    assert [since.total_seconds() / 60 for since in tried] == [1, 3, 7]
    now[0] += timedelta(days=1)
    assert deliver_from(outbox, post.warn).sent == ()
    assert [message.id for message in team.taken] == ["M1"]


def test_a_receiver_says_how_long_it_wants_to_be_left_alone(
    post: Post, now: list[datetime]
) -> None:
    team = Failing([DeliveryFailed("too many", timedelta(minutes=10))])
    outbox = post.outbox(receiver("team", team))
    announce_to(outbox, OPENED, post.warn)
    assert post.messages[1].due_at == AT + timedelta(minutes=10)


def test_a_message_is_given_up_after_so_many_failures(post: Post, now: list[datetime]) -> None:
    team = Failing([DeliveryFailed("it is down")] * 9)
    outbox = post.outbox(receiver("team", team), attempts=3)
    announce_to(outbox, OPENED, post.warn)
    for _ in range(5):
        now[0] += timedelta(hours=1)
        deliver_from(outbox, post.warn)
    assert len(team.errors) == 6
    assert post.messages[1].given_up
    assert post.warnings[-1] == "M1 to team is given up (it is down)"


def test_what_is_refused_is_given_up_at_once_and_keeps_nobody_waiting(post: Post) -> None:
    team = Failing([DeliveryRefused("no such room")])
    outbox = post.outbox(receiver("team", team))
    with open_logbook(Access(outbox.connect), "prod", outbox.mirror, outbox.owner) as book:
        queue(book, OPENED, outbox.receivers)
        queue(book, CLOSED, outbox.receivers)
    delivery = deliver_from(outbox, post.warn)
    assert [message.id for message in delivery.given_up] == ["M1"]
    assert [message.id for message in delivery.sent] == ["M2"]


def test_a_slow_receiver_costs_the_time_that_is_granted_and_nobody_else_a_message(
    post: Post,
) -> None:
    slow, team = Slow(), SilentChannel()
    outbox = post.outbox(receiver("slow", slow), receiver("team", team), seconds=0.5)
    began = time.monotonic()
    delivery = announce_to(outbox, OPENED, post.warn)
    took = time.monotonic() - began
    assert took < 20
    assert [message.channel for message in delivery.sent] == ["team"]
    assert [message.channel for message in delivery.later] == ["slow"]
    assert post.warnings == [
        "M1 to slow was not taken (no answer within 0.5 s): queued, `rewind tick` tries again"
    ]
    slow.let_go.set()


def test_a_fault_of_a_channel_is_told_and_tried_again(post: Post) -> None:
    outbox = post.outbox(receiver("team", Failing([ZeroDivisionError()])))
    announce_to(outbox, OPENED, post.warn)
    assert "ZeroDivisionError, which is a fault of dbt-rewind" in post.warnings[0]
    assert post.messages[1].due_at is not None


def test_without_its_variable_a_channel_waits_and_says_so_once(post: Post) -> None:
    def missing() -> Channel:
        raise ChannelUnusable("the environment variable X is not set", "set X where it is sent")

    team = SilentChannel()
    announce_to(post.outbox(receiver("team", missing)), OPENED, post.warn)
    announce_to(post.outbox(receiver("team", missing)), CLOSED, post.warn)
    words = "messages to team wait: the environment variable X is not set (set X where it is sent)"
    assert post.warnings == [words] * 2  # once a command, whatever the number of messages
    assert [message.attempts for message in post.messages.values()] == [0, 0]
    deliver_from(post.outbox(receiver("team", team)), post.warn)
    assert [message.id for message in team.taken] == ["M1", "M2"]


def test_a_message_in_hand_is_left_alone_until_its_process_counts_as_dead(
    post: Post, now: list[datetime]
) -> None:
    team = SilentChannel()
    outbox = post.outbox(receiver("team", team), seconds=5)
    with open_logbook(Access(outbox.connect), "prod", outbox.mirror, outbox.owner) as book:
        queue(book, OPENED, outbox.receivers)
        claim(book, {"team": team}, outbox.timeout)
    # Here the process is killed.
    now[0] += timedelta(seconds=34)
    deliver_from(outbox, post.warn)
    assert team.taken == []
    now[0] += timedelta(seconds=2)
    deliver_from(outbox, post.warn)
    assert [message.id for message in team.taken] == ["M1"]


def test_what_one_incident_builds_on_is_sent_by_one_process_at_a_time(
    post: Post, now: list[datetime]
) -> None:
    tracker = SilentChannel(keeps_order=True)
    outbox = post.outbox(receiver("tracker", tracker))
    with open_logbook(Access(outbox.connect), "prod", outbox.mirror, outbox.owner) as book:
        queue(book, OPENED, outbox.receivers)
        claim(book, {"tracker": tracker}, outbox.timeout)
    announce_to(outbox, CLOSED, post.warn)
    assert tracker.taken == []
    now[0] += timedelta(minutes=5)
    deliver_from(outbox, post.warn)
    assert [message.id for message in tracker.taken] == ["M1", "M2"]


def test_many_at_once_send_each_message_once(post: Post) -> None:
    team = SilentChannel()
    outbox = post.outbox(receiver("team", team))
    with open_logbook(Access(outbox.connect), "prod", outbox.mirror, outbox.owner) as book:
        for number in range(10):
            about = f"I3 note {number}"
            announcement = Announcement(Topic.INCIDENT_NOTED, about, None, about, "")
            queue(book, announcement, outbox.receivers)
    threads = [threading.Thread(target=deliver_from, args=(outbox, post.warn)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(message.id for message in team.taken) == {f"M{n}": 1 for n in range(1, 11)}


def test_a_warehouse_that_cannot_be_reached_fails_nothing(post: Post) -> None:
    def gone() -> None:
        raise WarehouseUnreachable("the server", "it is down")

    team = SilentChannel()
    outbox = post.outbox(receiver("team", team))
    object.__setattr__(outbox, "connect", gone)
    announce_to(outbox, OPENED, post.warn)
    assert team.taken == []
    assert post.warnings[0].startswith("nobody was told ([prod] I3 opened: Revenue is wrong): ")


def test_a_warehouse_that_breaks_in_an_unheard_of_way_fails_nothing_either(post: Post) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    outbox = post.outbox(receiver("team", SilentChannel()))
    object.__setattr__(outbox, "connect", broken)
    announce_to(outbox, OPENED, post.warn)
    assert post.warnings == [
        "nobody was told ([prod] I3 opened: Revenue is wrong): ZeroDivisionError, which is a fault"
        " of dbt-rewind"
    ]


def test_a_channel_that_breaks_when_it_is_opened_keeps_no_other_waiting(post: Post) -> None:
    def broken() -> Channel:
        raise ZeroDivisionError

    team = SilentChannel()
    announce_to(post.outbox(receiver("odd", broken), receiver("team", team)), OPENED, post.warn)
    assert [message.channel for message in team.taken] == ["team"]
    assert post.warnings == ["messages to odd wait: ZeroDivisionError when it was opened"]


def test_what_follows_waits_for_what_one_incident_builds_on(
    post: Post, now: list[datetime]
) -> None:
    tracker = Failing([DeliveryFailed("it is down")], keeps_order=True)
    outbox = post.outbox(receiver("tracker", tracker))
    announce_to(outbox, OPENED, post.warn)
    now[0] += timedelta(seconds=30)
    announce_to(outbox, CLOSED, post.warn)
    assert tracker.taken == []
    now[0] += timedelta(seconds=30)
    deliver_from(outbox, post.warn)
    assert [message.id for message in tracker.taken] == ["M1", "M2"]


def test_others_that_wait_behind_one_that_was_not_taken_are_named(post: Post) -> None:
    team = Failing([DeliveryFailed("it is down")])
    outbox = post.outbox(receiver("team", team))
    with open_logbook(Access(outbox.connect), "prod", outbox.mirror, outbox.owner) as book:
        queue(book, OPENED, outbox.receivers)
        queue(book, CLOSED, outbox.receivers)
    delivery = deliver_from(outbox, post.warn)
    assert [message.id for message in delivery.later] == ["M1", "M2"]
    assert post.warnings[1:] == [
        "M2 to team waits behind the others: queued, `rewind tick` tries again"
    ]


def test_a_receiver_cannot_ask_for_more_than_an_hour(post: Post, now: list[datetime]) -> None:
    outbox = post.outbox(receiver("team", Failing([DeliveryFailed("no", timedelta(days=9))])))
    announce_to(outbox, OPENED, post.warn)
    assert post.messages[1].due_at == AT + timedelta(hours=1)


def test_nobody_gets_the_alarm_of_the_day_before_yesterday(post: Post, now: list[datetime]) -> None:
    """For a channel that nobody could open, or that rewind.yml has no longer."""

    def missing() -> Channel:
        raise ChannelUnusable("the environment variable X is not set", "set X")

    former, team = SilentChannel(), SilentChannel()
    announce_to(
        post.outbox(receiver("team", missing), receiver("former", missing)), OPENED, post.warn
    )
    now[0] += timedelta(days=1)
    post.warnings.clear()
    delivery = deliver_from(post.outbox(receiver("team", team)), post.warn)
    assert [message.channel for message in delivery.given_up] == ["team", "former"]
    assert post.warnings == [
        "M1 to team is given up (it could not be sent, for a day)",
        "M2 to former is given up (it could not be sent, for a day)",
    ]
    assert deliver_from(post.outbox(receiver("former", former)), post.warn).given_up == ()
    assert team.taken == former.taken == []


def test_nothing_is_written_where_nothing_is_due(post: Post) -> None:
    outbox = post.outbox(receiver("team", SilentChannel()))
    announce_to(outbox, OPENED, post.warn)
    before = len(post.runbook.events)
    deliver_from(outbox, post.warn)
    assert len(post.runbook.events) == before
