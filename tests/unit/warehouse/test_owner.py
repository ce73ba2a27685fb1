"""Which processes run, and which have ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dbt_rewind.model import Owner
from dbt_rewind.warehouse import owner as owner_module
from dbt_rewind.warehouse.owner import current_owner, has_ended, is_running

OWNER = current_owner("ada", "deploy")


@pytest.fixture(params=["proc", "ps"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where start times are read from; `ps` stands for systems without /proc."""
    if request.param == "ps":
        if not _has_ps():
            pytest.skip("there is no `ps` here to read start times from")
        monkeypatch.setattr(owner_module, "_PROC", Path("/is/not/there"))
    return str(request.param)


def _has_ps() -> bool:
    try:
        listed = subprocess.run(["ps", "-o", "pid="], capture_output=True, check=False)
    except OSError:
        return False
    return listed.returncode == 0


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def owner_of(pid: int) -> Owner:
    process = owner_module._process(pid)
    assert process is not None
    return replace(OWNER, pid=pid, started=process.started)


def test_this_process(source: str) -> None:
    ours = current_owner("ada", "deploy")
    assert (ours.person, ours.operation, ours.pid) == ("ada", "deploy", os.getpid())
    assert ours.started
    assert is_running(ours)
    assert not has_ended(ours)


def test_a_process_that_ends(source: str, child: subprocess.Popen[bytes]) -> None:
    owner = owner_of(child.pid)
    assert is_running(owner)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_running(owner), "a zombie does not run"
    assert has_ended(owner)
    child.wait()
    assert not is_running(owner)
    assert has_ended(owner)


def test_a_later_process_with_the_same_number(source: str) -> None:
    earlier = replace(current_owner("ada", "deploy"), started="an earlier start")
    assert not is_running(earlier)
    assert has_ended(earlier)


def test_of_another_host_nothing_is_known() -> None:
    elsewhere = replace(OWNER, host="another host", started="an earlier start")
    assert not is_running(elsewhere)
    assert not has_ended(elsewhere)


@pytest.mark.parametrize("pid", [2**22 + 1, 2**31, 2**63])
def test_numbers_that_no_process_has(pid: int) -> None:
    assert has_ended(replace(OWNER, pid=pid))


def test_a_process_whose_start_is_hidden_counts_as_running(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(owner_module, "_process", lambda pid: None)
    assert is_running(OWNER)
    assert current_owner("ada", "deploy").started == ""


def test_a_process_whose_start_was_hidden_counts_as_running() -> None:
    assert is_running(replace(OWNER, started=""))
