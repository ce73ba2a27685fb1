"""Many commands at once from one warm process, with the double in dbt's place.

Run as a script: standard input is JSON, a list of command lines. Each is run by a process of its
own; whichever takes the lease stops there (SIGSTOP) and goes on when all others have ended. The
answer, on standard output, is JSON: `acted` is the number of the command that was stopped, or null,
and `answers` has each command's process id, exit status and output.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crash.child import Instants, install

from dbt_rewind.cli.main import main

HELD_AT = "the lease is taken"


def started(arguments: list[str], outputs: tuple[Path, Path], barrier: int) -> int:
    """Forks the process of one command, which begins when the barrier is lifted."""
    pid = os.fork()
    if pid:
        return pid
    for descriptor, path in zip((1, 2), outputs, strict=True):
        os.dup2(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), descriptor)
    os.read(barrier, 1)
    sys.argv = ["rewind", *arguments]
    status = 1
    try:
        main()
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def attended(pids: list[int]) -> tuple[int | None, dict[int, int]]:
    """Waits for all processes: the one that was stopped, and each one's exit status."""
    stopped: list[int] = []
    statuses: dict[int, int] = {}
    while len(statuses) < len(pids):
        pid, status = os.waitpid(-1, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            stopped.append(pid)
        else:
            statuses[pid] = os.waitstatus_to_exitcode(status)
        if len(stopped) + len(statuses) == len(pids) and stopped:
            os.kill(stopped[-1], signal.SIGCONT)
        assert len(stopped) <= 1, "two processes took the lease at once"
    return (stopped[0] if stopped else None), statuses


def crowd(commands: list[list[str]]) -> dict[str, Any]:
    install(Instants(0, HELD_AT, signal.SIGSTOP))
    barrier, lift = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        outputs = [
            (Path(folder, f"{number}.out"), Path(folder, f"{number}.err"))
            for number in range(len(commands))
        ]
        pids = [
            started(command, paths, barrier)
            for command, paths in zip(commands, outputs, strict=True)
        ]
        os.write(lift, b"." * len(pids))
        stopped, statuses = attended(pids)
        answers = [
            {
                "pid": pid,
                "status": statuses[pid],
                "stdout": paths[0].read_text(),
                "stderr": paths[1].read_text(),
            }
            for pid, paths in zip(pids, outputs, strict=True)
        ]
    return {"acted": None if stopped is None else pids.index(stopped), "answers": answers}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(crowd(json.load(sys.stdin))))
