"""The one place that starts short-lived processes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_GRACE = 5.0
"""Seconds that a process has between being asked to end and being killed."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A process that has ended: its exit status (negative: the signal) and all that it wrote."""

    arguments: tuple[str, ...]
    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output as text; what is not UTF-8 becomes the replacement character."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def error_text(self) -> str:
        """Standard error as text; what is not UTF-8 becomes the replacement character."""
        return self.stderr.decode("utf-8", "replace")


def run(
    arguments: Sequence[str],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str | None] | None = None,
    input: bytes | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run a process to its end, whatever its exit status, and return what it wrote.

    `environment` is added to ours; a variable given as None is left out. `timeout` is in seconds.
    The process reads `input`, or nothing: never our terminal. If anything interrupts the wait,
    Ctrl-C above all, the process and those it started are ended before it is raised again.

    Raises FileNotFoundError (no such executable), NotADirectoryError (no such `folder`),
    PermissionError (may not be executed), TimeoutError.
    """
    # Popen would report a missing folder as a missing executable.
    if folder is not None and not folder.is_dir():
        raise NotADirectoryError(str(folder))
    process = subprocess.Popen(
        list(arguments),
        cwd=folder,
        env=_environment(environment or {}),
        stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Its own session: no terminal to ask for passwords on, and one group to end whole.
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(input, timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        raise TimeoutError(f"{arguments[0]} took longer than {timeout} seconds") from None
    except BaseException:
        _end(process)
        raise
    return Completed(tuple(arguments), process.returncode, stdout, stderr)


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**os.environ, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        _signal_group(process, signal.SIGTERM)
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        pass
    finally:
        # Also where the process ended in time: one of its own children may not have.
        _signal_group(process, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def run_asking(
    arguments: Sequence[str], *, environment: Mapping[str, str | None] | None = None
) -> Completed:
    """Runs a process that may ask on our terminal, as for a passphrase, and returns what it wrote.

    `environment` is as for `run`. Ctrl-C reaches the process, too. Raises FileNotFoundError,
    PermissionError.
    """
    done = subprocess.run(
        list(arguments), env=_environment(environment or {}), capture_output=True, check=False
    )
    return Completed(tuple(arguments), done.returncode, done.stdout, done.stderr)


def run_in_sight(
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str | None] | None = None,
) -> int:
    """Runs a command whose output goes where ours goes, and returns its exit status.

    `environment` is as for `run`.
    """
    return subprocess.run(
        list(arguments),
        cwd=folder,
        env=_environment(environment or {}),
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode
