"""Child processes of the benchmark: each bounded in time, and loud when it fails."""

from __future__ import annotations

import time
from pathlib import Path

from dbt_rewind import process

TIMEOUT = 900.0
"""Seconds that one child process may take."""

longest = 59 * 60.0
"""Seconds after which every child is ended, so that a run takes less than an hour."""

_BEGAN = time.monotonic()

_ENVIRONMENT = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "SQLMESH__DISABLE_ANONYMIZED_ANALYTICS": "true",
    "DO_NOT_TRACK": "1",
    "NO_COLOR": "1",
}


class ChildFailed(Exception):
    """A child process failed or took too long; the text says which, and what it wrote."""


def elapsed() -> float:
    """Seconds since the run began."""
    return time.monotonic() - _BEGAN


def timed(folder: Path, *command: str) -> float:
    """Seconds from the start of the process to its end. Raises ChildFailed."""
    began = time.perf_counter()
    run(folder, *command)
    return time.perf_counter() - began


def run(folder: Path, *command: str) -> str:
    """Runs the command in `folder` and returns its standard output. Raises ChildFailed."""
    # The program's name alone: its folder is nobody's business.
    name = " ".join((Path(command[0]).name, *command[1:]))[:200]
    timeout = max(1.0, min(TIMEOUT, longest - elapsed()))
    try:
        done = process.run(command, folder=folder, environment=_ENVIRONMENT, timeout=timeout)
    except TimeoutError as error:
        raise ChildFailed(f"{name}: {error}") from error
    if done.status != 0:
        raise ChildFailed(f"{name} ended with {done.status}:\n{done.text}{done.error_text}")
    return done.text
