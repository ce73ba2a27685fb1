"""Starts the program that speaks to a warehouse through dbt's adapter, and speaks with it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any

from dbt_rewind.errors import AdapterUnsupported, DbtMissing, WarehouseFailed
from dbt_rewind.warehouse.dbt_adapter_channel import (
    Channel,
    ChannelClosed,
    DriverRefused,
    Rows,
    Value,
    bound,
    received,
)

_PROGRAM = Path(__file__).with_name("adapter_program.py")
_GRACE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class AdapterProfile:
    """The profile that dbt is to open: `text` is a profiles.yml with this target alone, with its
    Jinja, as the process gets the environment's variables too. It goes through a pipe, so that no
    secret is written down. `folder` is what relative paths in it are relative to."""

    adapter: str
    name: str
    target: str
    folder: Path
    text: str = field(repr=False)
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)


class AdapterDoor:
    """Connections through one process, which is started for the first and ends with the last.

    Several threads may use it, each a connection of its own: importing dbt costs seconds, so that
    a second connection, such as the one that renews a lease, must not need a second process.
    """

    def __init__(self, find_python: Callable[[], str]) -> None:
        self._find_python = find_python
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._open = 0

    def open(self, profile: AdapterProfile) -> Channel:
        """A new connection; one process has those of one profile at a time.

        Raises AdapterUnsupported, DbtMissing, RequirementsFailed, WarehouseFailed.
        """
        with self._lock:
            process = self._process
            if process is not None and process.ended:
                process.close()
                process = None
            if process is None:
                process = self._process = _start(self._find_python(), profile.folder)
                self._open = 0
            self._open += 1
        try:
            return _connect(process, profile, lambda: self._leave(process))
        except BaseException:
            self._leave(process)
            raise

    def _leave(self, process: _Process) -> None:
        with self._lock:
            if process is not self._process:
                return
            self._open -= 1
            if self._open == 0:
                process.close()
                self._process = None


@dataclass(slots=True)
class _Connection:
    """One connection: what the warehouse sees of the process."""

    process: _Process
    number: int
    leave: Callable[[], None]
    adapter_version: str = ""
    closed: bool = False

    def run(self, sql: str, values: Sequence[Value] | None, *, fetch: bool) -> Rows:
        if self.closed:
            raise ChannelClosed("the warehouse is closed")
        bindings = None if values is None else [bound(value) for value in values]
        answer = self.process.ask(self.number, "run", sql=sql, bindings=bindings, fetch=fetch)
        if not answer["done"]:
            raise _refusal(answer)
        rows = tuple(tuple(received(value) for value in row) for row in answer["rows"])
        return Rows(tuple(answer["columns"]), rows)

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        try:
            with contextlib.suppress(ChannelClosed):
                self.process.ask(self.number, "close")
        finally:
            self.leave()


def _connect(process: _Process, profile: AdapterProfile, leave: Callable[[], None]) -> _Connection:
    connection = _Connection(process, process.next_number(), leave)
    wanted = {
        "type": profile.adapter,
        "name": profile.name,
        "target": profile.target,
        "text": profile.text,
        "vars": dict(profile.variables),
    }
    doing = "opening the database"
    try:
        answer = process.ask(connection.number, "open", profile=wanted)
    except ChannelClosed as error:
        raise WarehouseFailed(doing, str(error)) from error
    if not answer["done"]:
        if answer["unsupported"]:
            raise AdapterUnsupported(profile.adapter, ())
        refusal = _refusal(answer)
        raise WarehouseFailed(doing, str(refusal)) from refusal
    connection.adapter_version = answer["adapter_version"]
    return connection


def _refusal(answer: Mapping[str, Any]) -> DriverRefused:
    return DriverRefused(answer["class"], answer["message"], frozenset(answer["names"]))


class _Process:
    """The started program. Answers come in any order; a thread hands them to those who asked."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        requests: IO[str],
        answers: IO[str],
        log: IO[bytes],
    ) -> None:
        self._process = process
        self._requests = requests
        self._answers = answers
        self._log = log
        self._writing = threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[dict[str, Any] | None]] = {}
        self._ids = count(1)
        self._numbers = count(1)
        self.ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def next_number(self) -> int:
        return next(self._numbers)

    def ask(self, connection: int, what: str, **more: Any) -> dict[str, Any]:
        """The answer to one request. Where the wait for it is interrupted, the statement goes on,
        and the next one on this connection comes after it. Raises ChannelClosed."""
        number = next(self._ids)
        mine: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        line = json.dumps({"id": number, "connection": connection, "ask": what, **more}) + "\n"
        with self._writing:
            if self.ended:
                raise ChannelClosed(self._last_words())
            self._waiting[number] = mine
            try:
                self._requests.write(line)
                self._requests.flush()
            except (OSError, ValueError) as error:
                raise ChannelClosed(self._last_words()) from error
        answer = mine.get()
        if answer is None:
            raise ChannelClosed(self._last_words())
        return answer

    def close(self) -> None:
        """Ends the program, so that nothing of it holds the warehouse open.

        Closing its input is enough unless it hangs in the driver.
        """
        with self._writing:
            self.ended = True
            with contextlib.suppress(OSError):
                self._requests.close()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._reader.join()
        self._answers.close()
        self._log.close()

    def _read(self) -> None:
        for line in self._answers:
            answer = json.loads(line)
            waiting = self._waiting.pop(answer["id"], None)
            if waiting is not None:
                waiting.put(answer)
        with self._writing:
            self.ended = True
            for waiting in self._waiting.values():
                waiting.put(None)
            self._waiting.clear()

    def _last_words(self) -> str:
        if self._log.closed:
            return "the connection is closed"
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "the process that runs dbt's adapter has ended"


def _start(python: str, folder: Path) -> _Process:
    """The program, in a process group of its own, so that Ctrl-C reaches us alone and we decide
    what becomes of a transaction. Raises DbtMissing."""
    log = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the process
    to_program, from_program = os.pipe(), os.pipe()
    try:
        process = subprocess.Popen(
            [python, str(_PROGRAM)],
            cwd=folder,
            env={**os.environ, "PYTHONUTF8": "1"},
            stdin=to_program[0],
            stdout=from_program[1],
            stderr=log,
            start_new_session=True,
        )
    except OSError as error:
        log.close()
        for end in (to_program[1], from_program[0]):
            os.close(end)
        raise DbtMissing((f"{python} ({error.strerror})",)) from error
    finally:
        os.close(to_program[0])
        os.close(from_program[1])
    return _Process(
        process,
        os.fdopen(to_program[1], "w", encoding="utf-8"),
        os.fdopen(from_program[0], encoding="utf-8"),
        log,
    )
