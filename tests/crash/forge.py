"""Commands with the double in dbt's place, each in a process forked from one that has imported all.

A new interpreter would spend most of its life importing, and a kill at a random moment would mostly
hit that. Run as a script: each line of standard input is a JSON request, answered by one line of
JSON with the exit status and the outputs. `after` is the seconds after which the process is killed,
None: it is not. The parent runs no command itself and opens no database, so that every command has
a process id, a start time and files of its own.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crash.child import Instants, install

from dbt_rewind.cli.main import command_line, main


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Runs one command in a child and says how it ended."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            _be(request, out.fileno(), err.fileno())
        return {
            "status": _ended(pid, request["after"]),
            "stdout": _content(out.fileno()),
            "stderr": _content(err.fileno()),
        }


def _ended(pid: int, after: float | None) -> int:
    """The exit status of the process, which is killed after that many seconds."""
    descriptor = os.pidfd_open(pid)
    try:
        ready, _, _ = select.select([descriptor], [], [], after)
        if not ready:
            os.kill(pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        os.close(descriptor)


def _content(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), encoding="utf-8", errors="replace") as file:
        return file.read()


def _be(request: Mapping[str, Any], out: int, err: int) -> None:
    """Becomes the command; never returns."""
    status = 1
    try:
        for descriptor, target in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (err, 2)):
            os.dup2(descriptor, target)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        sys.argv = ["rewind", *request["arguments"]]
        by = signal.Signals[request["by"]]
        install(Instants(request["at"], request["named"], by))
        main()
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class Forge:
    """The process that forks them, started when it is first needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        *,
        at: int = 0,
        named: str = "",
        by: str = "SIGKILL",
        after: float | None = None,
    ) -> dict[str, Any]:
        """How the command ended: `status`, `stdout`, `stderr`."""
        request = {
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": dict(environment),
            "at": at,
            "named": named,
            "by": by,
            "after": after,
        }
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answered: dict[str, Any] = json.loads(process.stdout.readline())
        return answered

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process

    def close(self) -> None:
        """Ends it; without input it ends by itself."""
        if self._process is not None:
            self._process.communicate()
            self._process = None


if __name__ == "__main__":
    command_line()  # imports the modules of all commands
    import dbt_rewind.engine.deploy
    import dbt_rewind.warehouse.duckdb
    import dbt_rewind.warehouse.postgres  # noqa: F401 - as above

    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
