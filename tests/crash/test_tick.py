"""Levels are called once, each with its message: with many ticks at once, and after any kill."""

from __future__ import annotations

import json
import os
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.crash.postgres_lab import PostgresShelf
from tests.crash.scenarios import FILES, Shelf, run
from tests.e2e.lab import Lab, ended

pytestmark = pytest.mark.crash

QUIET = "notify: {channels: {team: {url: TEAM_URL}}}\nescalation: {levels: []}\n"
LOUD = """\
notify: {channels: {team: {url: TEAM_URL}, pager: {url: PAGER_URL, topics: [rolled-back]}}}
escalation:
  levels:
    - {name: on-call, after: 0s}
    - {name: CTO, after: 0s, channels: [team, pager]}
"""
CALLED = [1, 2]
WRITTEN = [("team", "I1 level 1"), ("team", "I1 level 2"), ("pager", "I1 level 2")]
TOGETHER = 6
EVERY = 1 if int(os.environ.get("CRASH_ROUNDS", "4")) > 4 else 5
"""Which instants are tried: in a soak all, otherwise each fifth."""


@pytest.fixture
def waiting(shelf: Shelf, tmp_path: Path) -> Lab:
    return unanswered(shelf.stage("two").copy(tmp_path / "waiting"))


def unanswered(lab: Lab) -> Lab:
    """The lab, where an incident is open and both levels are due."""
    config = FILES["rewind.yml"]
    lab.write({"rewind.yml": config + QUIET})
    lab.run("incident", "open", "Revenue is wrong").check(0)
    lab.write({"rewind.yml": config + LOUD})
    return lab


def events(lab: Lab) -> list[tuple[str, dict[str, Any]]]:
    """The kinds and payloads of the runbook's events."""
    where = "environment = 'prod.runbook' order by sequence"
    rows = lab.sql(f"select kind, payload from rewind.event where {where}")
    return [(kind, json.loads(payload)) for kind, payload in rows]


def assert_called_once(lab: Lab) -> None:
    found = events(lab)
    assert [payload["level"] for kind, payload in found if kind == "escalated"] == CALLED
    messages = [payload for kind, payload in found if kind == "queued"]
    calls = [each for each in messages if each["topic"] == "escalated"]
    assert [(each["channel"], each["facts"]["about"]) for each in calls] == WRITTEN
    numbers = [each["number"] for each in messages]
    assert numbers == list(range(1, len(numbers) + 1))


def assert_mirrored(lab: Lab) -> None:
    """What a kill kept from the mirror is there once something is written again."""
    run(lab, "incident", "note", "seen").check(0)
    mirror = lab.mirror.with_name("prod.runbook.ledger.jsonl")
    mirrored = [json.loads(line) for line in mirror.read_text().splitlines()]
    assert [(each["kind"], each["payload"]) for each in mirrored] == events(lab)


def test_killed_between_the_call_and_its_message(waiting: Lab) -> None:
    killed = run(waiting, "tick", named="a level is called, its message is not written")
    assert killed.status == -9
    assert [kind for kind, _ in events(waiting)][-1] == "escalated"
    run(waiting, "tick").check(0)
    assert_called_once(waiting)
    run(waiting, "tick").check(0)
    assert_called_once(waiting)


def test_killed_at_instants(waiting: Lab, tmp_path: Path) -> None:
    for at in count(1, EVERY):
        lab = waiting.copy(tmp_path / f"killed at {at}")
        killed = run(lab, "tick", at=at)
        if killed.status == 0:
            break
        assert killed.status == -9, killed
        run(lab, "tick").check(0)
        assert_called_once(lab)
        assert_mirrored(lab)
        lab.remove()
    assert_called_once(lab)
    assert at > 20  # there were instants to kill it at


def test_many_at_once(waiting: Lab) -> None:
    assert_one_calls(waiting)


def test_many_at_once_on_postgres(postgres_shelf: PostgresShelf, tmp_path: Path) -> None:
    lab = unanswered(postgres_shelf.stage("two").copy(tmp_path / "waiting"))
    assert_one_calls(lab)
    lab.remove()


def assert_one_calls(lab: Lab) -> None:
    started = [lab.start("tick", "--json") for _ in range(TOGETHER)]
    answers = [ended(process).check(0) for process in started]
    done = [
        deed["about"]
        for answer in answers
        for deed in answer.document["environments"][0]["done"]
        if deed["duty"] == "escalation"
    ]
    assert done == ["I1", "I1"]
    assert_called_once(lab)


def test_nobody_is_called_after_an_answer(waiting: Lab) -> None:
    run(waiting, "incident", "ack").check(0)
    before = events(waiting)
    told = run(waiting, "tick", "--quiet").check(0)
    assert told.stdout == ""
    assert events(waiting) == before
