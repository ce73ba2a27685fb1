"""One dbt process for one version of a project: parse, list, build and test through one import."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from dbt_rewind.dbt.progress import NodeProgress, ProgressListener, ignore_progress
from dbt_rewind.errors import DbtCrashed, DbtMissing, DbtTooOld

OLDEST_DBT = (1, 9)
"""Snapshots take part in `generate_schema_name` since dbt 1.9."""

_WORKER = Path(__file__).with_name("worker.py")
_GRACE_SECONDS = 10.0

_QUIET = (
    "--no-use-colors",
    "--no-print",
    "--no-version-check",
    "--no-send-anonymous-usage-stats",
    "--log-level=none",
    "--log-level-file=none",
)


@dataclass(frozen=True, slots=True)
class Answered:
    """How dbt ended one request: `problem` is its message where it could not even begin."""

    success: bool
    problem: str
    listed: tuple[str, ...]


@dataclass(slots=True)
class DbtSession:
    """A started worker. Use `start_session`, which also ends it."""

    process: subprocess.Popen[bytes]
    requests: IO[str]
    answers: IO[str]
    log: IO[bytes]
    dbt_version: str = field(default="")

    def ask(
        self,
        arguments: Sequence[str],
        *,
        keep_manifest: bool = False,
        listener: ProgressListener = ignore_progress,
    ) -> Answered:
        """Runs one dbt command and returns how it ended. Raises DbtCrashed."""
        return self._answered(
            {"arguments": [*_QUIET, *arguments], "keep_manifest": keep_manifest}, listener
        )

    def place(
        self, places: Mapping[str, Sequence[str] | None], after: Mapping[str, Sequence[str]]
    ) -> Answered:
        """Says in which relations the nodes of the kept manifest are, as database, schema and name,
        and which nodes must wait for which. Raises DbtCrashed."""
        return self._answered({"place": dict(places), "after": dict(after)}, ignore_progress)

    def _answered(self, request: dict[str, Any], listener: ProgressListener) -> Answered:
        self._send(request)
        while True:
            message = self._receive()
            if message["kind"] == "done":
                return Answered(message["success"], message["problem"], tuple(message["listed"]))
            listener(
                NodeProgress(
                    message["unique_id"],
                    message["resource_type"],
                    message["event"] == "finished",
                    message["status"],
                    message["seconds"],
                    message["message"],
                )
            )

    def close(self) -> None:
        """Ends the worker, so that nothing of dbt's holds the warehouse open. May be called twice.

        Closing its input is enough unless it hangs in the driver.
        """
        with contextlib.suppress(OSError):
            self.requests.close()
        try:
            self.process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.answers.close()
        self.log.close()

    def greet(self, python: str) -> None:
        """Waits until dbt is imported. Raises DbtMissing, DbtTooOld, DbtCrashed."""
        message = self._receive()
        if message["kind"] == "missing":
            raise DbtMissing((f"{python} ({message['problem']})",))
        self.dbt_version = message["dbt_version"]
        if _version(self.dbt_version) < OLDEST_DBT:
            raise DbtTooOld(self.dbt_version, ".".join(map(str, OLDEST_DBT)))

    def _send(self, request: dict[str, Any]) -> None:
        try:
            self.requests.write(json.dumps(request) + "\n")
            self.requests.flush()
        except OSError as error:
            raise self._crashed() from error

    def _receive(self) -> dict[str, Any]:
        line = self.answers.readline()
        if not line:
            raise self._crashed()
        message: dict[str, Any] = json.loads(line)
        return message

    def _crashed(self) -> DbtCrashed:
        self.process.wait(_GRACE_SECONDS)
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines()
        return DbtCrashed(lines[-1] if lines else f"exit status {self.process.returncode}")


@contextlib.contextmanager
def start_session(
    python: str, folder: Path, environment: dict[str, str] | None = None
) -> Iterator[DbtSession]:
    """A session in `folder`, ended when the block is left, however it is left.

    The worker gets a process group of its own, so that Ctrl-C reaches us alone and we decide what
    becomes of the build. Raises DbtMissing, DbtTooOld, DbtCrashed.
    """
    # The variables that choose options of dbt's would change what a release is made of.
    inherited = {key: value for key, value in os.environ.items() if key not in _STEERING}
    log = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the session
    to_worker, from_worker = os.pipe(), os.pipe()
    try:
        process = subprocess.Popen(
            [python, str(_WORKER)],
            cwd=folder,
            env={**inherited, "PYTHONUTF8": "1", **(environment or {})},
            stdin=to_worker[0],
            stdout=from_worker[1],
            stderr=log,
            start_new_session=True,
        )
    except OSError as error:
        log.close()
        for end in (to_worker[1], from_worker[0]):
            os.close(end)
        raise DbtMissing((f"{python} ({error.strerror})",)) from error
    finally:
        os.close(to_worker[0])
        os.close(from_worker[1])
    requests = os.fdopen(to_worker[1], "w", encoding="utf-8")
    answers = os.fdopen(from_worker[0], encoding="utf-8")
    session = DbtSession(process, requests, answers, log)
    try:
        session.greet(python)
        yield session
    finally:
        session.close()


_STEERING = frozenset(
    {
        "DBT_STATE",
        "DBT_DEFER",
        "DBT_DEFER_STATE",
        "DBT_FAVOR_STATE",
        "DBT_TARGET_PATH",
        "DBT_PROJECT_DIR",
        "DBT_PROFILES_DIR",
        "DBT_TARGET",
        "DBT_FULL_REFRESH",
        "DBT_PARTIAL_PARSE",
        "DBT_FAIL_FAST",
        "DBT_EMPTY",
        "DBT_SAMPLE",
    }
)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
