"""Several operations at once: one acts, or they act one after another. Invariant 5."""

from __future__ import annotations

import calendar
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.crash import crowd
from tests.crash.checker import Found, prove, readable
from tests.crash.child import REACHED
from tests.crash.scenarios import CHILD, Shelf, run
from tests.e2e.lab import TIMEOUT, Answer, Lab, ended, killed_at_last

pytestmark = pytest.mark.crash

TOGETHER = 5
CROWD = 20
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "4"))
"""How often a crowd comes. `make soak` has fifty rounds."""

COMMANDS = (("rollback", "--yes"), ("deploy", "v1"), ("deploy", "v3"), ("recover",))
READING = (
    ("status",),
    ("history",),
    ("show", "r1"),
    ("verify", "--no-tests"),
    ("rollback", "--dry-run"),
    ("deploy", "v1", "--dry-run"),
)


def test_rollbacks_started_together(shelf: Shelf, tmp_path: Path) -> None:
    lab = shelf.stage("many").copy(tmp_path / "lab")
    held = len(prove(lab.place, lab.mirror).events)
    started = [lab.start("rollback", "--yes", "--json") for _ in range(TOGETHER)]
    answers = [ended(process) for process in started]
    done = [answer for answer in answers if answer.status == 0]
    assert done
    for answer in answers:
        if answer.status != 0:
            assert answer.check(7).error["slug"] == "lock-held"
            assert "process" in answer.error["message"]
    found = prove(lab.place, lab.mirror)
    new = found.events[held:]
    assert [event["kind"] for event in new] == ["published"] * len(done)
    # Each of them went one release further back, from where the one before it had gone.
    gone = sorted((answer.document["from"]["id"], answer.document["to"]["id"]) for answer in done)
    assert gone == sorted((f"r{6 - n}", f"r{5 - n}") for n in range(len(done)))
    assert found.live == 6 - len(done)


def test_of_many_processes_exactly_one_acts(shelf: Shelf, tmp_path: Path) -> None:
    """Whoever takes the lease stops until all others have ended; DuckDB keeps them out of the
    file meanwhile, readers too."""
    lab = shelf.stage("two").copy(tmp_path / "lab")
    before = prove(lab.place, lab.mirror)
    stops = {"CRASH_NAMED": crowd.HELD_AT, "CRASH_BY": "SIGSTOP"}
    commands = [COMMANDS[number % len(COMMANDS)] for number in range(CROWD)]
    began = time.time()
    started = [lab.start(*command, "--json", script=CHILD, variables=stops) for command in commands]
    holder = last_of(started)
    with killed_at_last(holder):
        for process in started:
            if process is not holder:
                requires_named(ended(process), holder.pid, began)
        for command in READING:
            requires_named(lab.run(*command, "--json"), holder.pid, began)
        holder.send_signal(signal.SIGCONT)
        answer = ended(holder).check(0)
    requires_one_act(before, prove(lab.place, lab.mirror), commands[started.index(holder)])
    assert answer.document
    assert notes(lab) == []


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_round_after_round_exactly_one_acts(
    seed: int, shelf: Shelf, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    lab = shelf.stage("two").copy(tmp_path / "lab")
    before = prove(lab.place, lab.mirror)
    chosen = random.Random(seed).choices(COMMANDS, k=CROWD)
    began = time.time()
    came = come(lab, chosen)
    assert came.acted is not None
    for number, answer in enumerate(came.answers):
        if number == came.acted:
            answer.check(0)
        else:
            requires_named(answer, came.pids[came.acted], began)
    requires_one_act(before, prove(lab.place, lab.mirror), chosen[came.acted])
    assert notes(lab) == []
    record_property("rounds", 1)


@pytest.mark.parametrize("killed_at", [crowd.HELD_AT, "building latest"])
def test_the_note_of_a_killed_holder_is_not_believed(
    killed_at: str, shelf: Shelf, tmp_path: Path
) -> None:
    lab = shelf.stage("two").copy(tmp_path / "lab")
    assert run(lab, "deploy", "v3", named=killed_at).status == -9
    assert len(notes(lab)) == 1
    assert lab.git("status", "--porcelain") == ""
    run(lab, "status").check(0)
    assert run(lab, "rollback", "--yes", "--json").check(0).document["to"]["id"] == "r1"
    prove(lab.place, lab.mirror)
    assert notes(lab) == []


def test_a_running_build_keeps_others_out(shelf: Shelf, tmp_path: Path) -> None:
    lab = shelf.stage("two").copy(tmp_path / "lab")
    before = readable(lab.place)
    variables = {"CRASH_NAMED": "built", "CRASH_BY": "SIGSTOP"}
    started = lab.start("deploy", "v3", "--json", script=CHILD, variables=variables)
    with killed_at_last(started) as deploy:
        assert deploy.stderr is not None
        assert REACHED in deploy.stderr.readline()
        for command in (("rollback", "--yes"), ("deploy", "v4"), ("recover",)):
            refused = run(lab, *command, "--json").check(7)
            assert refused.error["slug"] == "lock-held"
            assert f"process {deploy.pid}" in refused.error["message"]
            assert refused.error["message"] in " ".join(refused.stderr.split())
        status = run(lab, "status", "--json").check(0).document
        assert f"process {deploy.pid}" in status["operation"]["holder"]
        assert readable(lab.place) == before
        deploy.send_signal(signal.SIGCONT)
        assert json.loads(ended(deploy).check(0).stdout)["release"]["id"] == "r3"
    assert prove(lab.place, lab.mirror).live == 3


def requires_named(answer: Answer, pid: int, began: float) -> None:
    """The command ended because process `pid` holds the lease, and says so and since when."""
    error = answer.check(7).error
    assert error["slug"] == "lock-held"
    assert f"process {pid} " in error["facts"]["holder"]
    assert error["facts"]["holder"] in error["message"]
    since = time.strptime(error["facts"]["since"], "%Y-%m-%d %H:%M:%S UTC")
    assert time.strftime("%Y-%m-%d", since) in error["message"]
    assert began - 1 <= calendar.timegm(since) <= time.time()
    assert "Traceback" not in answer.stderr


def requires_one_act(before: Found, after: Found, command: Sequence[str]) -> None:
    """The ledger has grown by what one command writes; `prove` has followed its chain."""
    assert after.events[: len(before.events)] == before.events
    written = [event["kind"] for event in after.events[len(before.events) :]]
    assert (
        written
        == {
            ("rollback", "--yes"): ["published"],
            ("deploy", "v1"): ["built", "published"],
            ("deploy", "v3"): ["started", "built", "published"],
            ("recover",): [],
        }[tuple(command)]
    )


def last_of(processes: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """The one process that still runs when all others have ended."""
    until = time.monotonic() + TIMEOUT
    while time.monotonic() < until:
        running = [process for process in processes if process.poll() is None]
        assert running, [ended(process) for process in processes]
        if len(running) == 1:
            return running[0]
        time.sleep(0.05)
    raise AssertionError("several processes go on")


def notes(lab: Lab) -> list[Path]:
    return list((lab.database.parent / ".rewind").glob("*.holder.json"))


@dataclass(frozen=True)
class Crowd:
    acted: int | None
    pids: tuple[int, ...]
    answers: tuple[Answer, ...]


def come(lab: Lab, commands: Sequence[Sequence[str]]) -> Crowd:
    """All commands at once; see crowd.py."""
    done = subprocess.run(
        [sys.executable, str(Path(crowd.__file__))],
        cwd=lab.repository,
        env=lab.environment({}),
        input=json.dumps([[*command, "--json"] for command in commands]),
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * TIMEOUT,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    answers = tuple(
        Answer(each["status"], each["stdout"], each["stderr"]) for each in told["answers"]
    )
    return Crowd(told["acted"], tuple(each["pid"] for each in told["answers"]), answers)
