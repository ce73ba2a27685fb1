"""A deploy with the real dbt that is stopped: asked politely, or killed."""

from __future__ import annotations

import re
import signal
import subprocess
import time

import pytest
from tests.crash.checker import prove
from tests.e2e.lab import Lab, descendants, ended, killed_at_last, lines_of, running
from tests.e2e.project import CHANGED_SALES, FILES

pytestmark = pytest.mark.e2e

PARSING, BUILDING = "reading the project", "success  region_names"

SLOW_SALES = CHANGED_SALES.replace(
    "{{ ref('regions') }}",
    # `region_names` is built first, so that its line says: now the endless one runs.
    "(select region_id, region_name from {{ ref('region_names') }}"
    " where (select sum(hash(i)) from range(200000000000) as t(i)) > 0)",
)
FILES_TO_BUILD = {
    "pipeline/models/sales.sql": SLOW_SALES,
    "pipeline/models/region_names.sql": FILES["pipeline/models/region_names.sql"] + "-- again\n",
}


def _started(lab: Lab, mark: str) -> subprocess.Popen[str]:
    lab.commit("Take for ever", FILES_TO_BUILD)
    process = lab.start("deploy")
    lines_of(process, mark)
    time.sleep(0.5)
    return process


def _wait_for_the_end_of(pids: set[int]) -> None:
    until = time.monotonic() + 10
    while left := pids & running():
        assert time.monotonic() < until, f"still running: {left}"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("mark", "number"),
    [(PARSING, signal.SIGTERM), (BUILDING, signal.SIGINT)],
    ids=["parsing-SIGTERM", "building-SIGINT"],
)
def test_interrupted(first: Lab, mark: str, number: signal.Signals) -> None:
    before = first.standing()
    with killed_at_last(_started(first, mark)) as process:
        children = descendants(process.pid)
        assert children, "dbt is at work"
        process.send_signal(number)
        answer = ended(process)
    assert answer.status == 130
    assert "Traceback" not in answer.stderr
    assert "internal error" not in answer.stderr
    _wait_for_the_end_of(children)
    after = first.standing()
    assert (after["views"], after["tables"]) == (before["views"], before["tables"])
    first.assert_tidy()
    # The command has put everything right itself.
    kinds = prove(first.database, first.mirror).kinds[3:]
    assert kinds == (["started", "aborted"] if mark == BUILDING else [])
    if mark == BUILDING:
        errors = [line for line in answer.stderr.splitlines() if line.startswith("error:")]
        assert len(errors) == 1
        assert re.search("interrupted.*users see what they saw", errors[0])


@pytest.mark.crash
@pytest.mark.parametrize(
    ("mark", "command", "live"),
    [
        (BUILDING, ("deploy", "v2"), 3),
        (PARSING, ("deploy", "v1"), 1),
    ],
    ids=["building", "parsing"],
)
def test_killed(first: Lab, mark: str, command: tuple[str, ...], live: int) -> None:
    first.commit("Count sales twice", {"pipeline/models/sales.sql": CHANGED_SALES})
    first.git("tag", "v2")
    before = first.read()
    with killed_at_last(_started(first, mark)) as process:
        children = descendants(process.pid)
        process.kill()
    # A build whose owner is gone must not go on writing.
    _wait_for_the_end_of(children)
    assert first.read() == before
    first.rewind(*command)
    assert prove(first.database, first.mirror).live == live
    first.assert_tidy()
