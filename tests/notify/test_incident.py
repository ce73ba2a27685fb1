"""An incident from its opening to its end: a real receiver gets each message once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.notify.hooks import Hooks
from tests.notify.project import Notified

from dbt_rewind.cli.main import run

LEVELS = "{name: on-call, after: 0s}, {name: CTO, after: 1h, channels: [board]}"


@pytest.fixture
def do(
    project: Notified, web: Hooks, monkeypatch: pytest.MonkeyPatch, now: list[datetime]
) -> Callable[..., int]:
    """Runs a command there, with two channels on one receiver."""
    team = "team: {url: TEAM_PLACE}"
    board = "board: {url: BOARD_PLACE, topics: [emergency], severity: critical}"
    project.channels(f"channels: {{{team}, {board}}}", timeout="1s")
    rewind_yml = project.folder / "rewind.yml"
    rewind_yml.write_text(rewind_yml.read_text() + f"escalation: {{levels: [{LEVELS}]}}\n")
    project.set_address("TEAM_PLACE", web.address("/team"))
    project.set_address("BOARD_PLACE", web.address("/board"))
    monkeypatch.chdir(project.folder)
    return lambda *arguments: run([*arguments, "--env", "prod"])


def titles(web: Hooks) -> list[str]:
    return [body["title"] for body in web.taken]


def test_from_its_opening_to_its_end(
    do: Callable[..., int], web: Hooks, now: list[datetime]
) -> None:
    assert do("incident", "open", "Revenue is wrong") == 0
    assert do("incident", "note", "since the load of this morning") == 0
    now[0] += timedelta(hours=1)
    for _ in range(3):
        assert do("tick") == 0
    assert do("incident", "ack") == 0
    now[0] += timedelta(hours=1)
    assert do("tick") == 0
    assert do("incident", "close", "I1", "--note", "reverted") == 0
    assert [title.removeprefix("[prod] ") for title in titles(web)] == [
        "I1 opened: Revenue is wrong (M1)",
        "I1 calls on-call (level 1): Revenue is wrong (M2)",
        "I1: since the load of this morning (M3)",
        "I1 calls CTO (level 2): Revenue is wrong (M4)",
        f"I1 is in hand: {_who(web)} (M5)",
        "I1 closed: Revenue is wrong (M6)",
    ]
    assert web.paths == ["/team", "/team", "/team", "/board", "/team", "/team"]


def test_a_receiver_that_is_slow_keeps_nobody(
    do: Callable[..., int], web: Hooks, now: list[datetime], capsys: pytest.CaptureFixture[str]
) -> None:
    web.slow = True
    assert do("incident", "open", "Revenue is wrong") == 0
    assert "I1 is open" in capsys.readouterr().out
    assert web.paths == ["/team"], "two messages wait for it, and it is waited for once"
    web.slow = False
    now[0] += timedelta(minutes=5)
    assert do("tick") == 0
    assert sorted(title.split()[1:3] for title in titles(web)) == [
        ["I1", "calls"],
        ["I1", "opened:"],
    ]
    assert "prod: M1 sent to team" in capsys.readouterr().out


def _who(web: Hooks) -> str:
    (line,) = (
        line
        for body in web.taken
        for line in body["message"].splitlines()
        if line.startswith("Acknowledged by: ")
    )
    return str(line).removeprefix("Acknowledged by: ")
