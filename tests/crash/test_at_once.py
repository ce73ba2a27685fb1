"""Several operations at once: one acts, or they act one after another. Invariant 5."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from tests.crash.checker import prove, readable
from tests.crash.child import REACHED
from tests.crash.scenarios import CHILD, Shelf, run
from tests.e2e.lab import ended, killed_at_last

pytestmark = pytest.mark.crash

PROCESSES = 5


def test_rollbacks_started_together(shelf: Shelf, tmp_path: Path) -> None:
    lab = shelf.stage("many").copy(tmp_path / "lab")
    held = len(prove(lab.database, lab.mirror).events)
    started = [lab.start("rollback", "--yes", "--json") for _ in range(PROCESSES)]
    answers = [ended(process) for process in started]
    done = [answer for answer in answers if answer.status == 0]
    assert done
    for answer in answers:
        if answer.status != 0:
            assert answer.status in {7, 12}, answer
            assert answer.error["slug"] in {"lock-held", "warehouse-locked"}
            assert "process" in answer.error["message"]
    found = prove(lab.database, lab.mirror)
    new = found.events[held:]
    assert [event["kind"] for event in new] == ["published"] * len(done)
    # Each of them went one release further back, from where the one before it had gone.
    gone = sorted((answer.document["from"]["id"], answer.document["to"]["id"]) for answer in done)
    assert gone == sorted((f"r{6 - n}", f"r{5 - n}") for n in range(len(done)))
    assert found.live == 6 - len(done)


def test_a_running_build_keeps_others_out(shelf: Shelf, tmp_path: Path) -> None:
    lab = shelf.stage("two").copy(tmp_path / "lab")
    before = readable(lab.database)
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
        assert readable(lab.database) == before
        deploy.send_signal(signal.SIGCONT)
        assert json.loads(ended(deploy).check(0).stdout)["release"]["id"] == "r3"
    assert prove(lab.database, lab.mirror).live == 3
