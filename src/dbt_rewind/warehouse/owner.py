"""Which process this is, and whether another one still runs."""

from __future__ import annotations

import os
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dbt_rewind.model import Owner

_PROC = Path("/proc")
_DEAD_STATES = ("Z", "X")
_UNKNOWN = ""


def current_owner(person: str, operation: str) -> Owner:
    """This process as the owner of a lease."""
    process = _process(os.getpid())
    started = process.started if process else _UNKNOWN
    return Owner(person, socket.gethostname(), os.getpid(), started, operation)


def is_running(owner: Owner) -> bool:
    """Whether the owner's process is on this host and alive; a zombie is not.

    A process whose start time the system keeps from us counts as running: to wait in vain does no
    harm, to take a lease from a living process might.
    """
    return _is_here(owner) and not has_ended(owner)


def has_ended(owner: Owner) -> bool:
    """Whether the owner's process was on this host and no longer runs: of a process on another
    host nothing is known."""
    if not _is_here(owner):
        return False
    try:
        os.kill(owner.pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        pass
    process = _process(owner.pid)
    if process is None:
        return False
    is_another = owner.started not in (_UNKNOWN, process.started)
    return is_another or process.state.startswith(_DEAD_STATES)


def is_this_process(owner: Owner) -> bool:
    """Whether the owner is the process that asks."""
    return _is_here(owner) and owner.pid == os.getpid() and not has_ended(owner)


def _is_here(owner: Owner) -> bool:
    return owner.host == socket.gethostname()


@dataclass(frozen=True, slots=True)
class _Process:
    """What the system says of a process: its state's letters, its start time in their form."""

    state: str
    started: str


def _process(pid: int) -> _Process | None:
    """None where the system does not tell."""
    try:
        return _from_proc(pid) if (_PROC / "self" / "stat").exists() else _from_ps(pid)
    except OSError:
        return None


def _from_proc(pid: int) -> _Process:
    text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    # The second field is the program's name in parentheses and may hold any character, so that
    # counting begins behind the last one; the start time is the 22nd field of all.
    fields = text.rpartition(")")[2].split()
    return _Process(state=fields[0], started=fields[19])


def _from_ps(pid: int) -> _Process | None:
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    state, _, started = listed.stdout.strip().partition(" ")
    return _Process(state, started.strip()) if started else None
