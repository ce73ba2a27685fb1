"""Runs in the *project's* Python, beside its dbt adapter, and never imports dbt-rewind.

Reads one JSON request a line from standard input, and answers each with one JSON line that has the
request's `id`: `open` makes a connection of the adapter that a profile names, `run` executes one
statement on it, `close` closes it. Each connection has a thread of its own, as dbt has it, so that
a short statement never waits for a long one on another. No file of the project is read: neither
dbt_project.yml nor a model. What is printed meanwhile goes to standard error.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import importlib
import json
import math
import os
import queue
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

Request = dict[str, Any]
Answer = dict[str, Any]


def main() -> None:
    # Python looks for modules beside its script first, where ours have names that others have too.
    sys.path[:] = [
        each for each in sys.path if Path(each).resolve() != Path(__file__).resolve().parent
    ]
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    lock = threading.Lock()

    def say(answer: Answer) -> None:
        with lock:
            answers.write(json.dumps(answer) + "\n")
            answers.flush()

    serve(say)


def serve(say: Callable[[Answer], None]) -> None:
    """Hands requests to the threads of their connections until the other side closes, or is gone.

    A statement whose asker was killed must not go on, so that a busy process ends at once, and the
    warehouse undoes what was not committed; an idle one closes its connections first.
    """
    connections: dict[int, Connection] = {}
    for line in sys.stdin:
        request = json.loads(line)
        connection = connections.get(request["connection"])
        if connection is None:
            connection = connections[request["connection"]] = Connection(say)
        connection.requests.put(request)
        if request["ask"] == "close":
            del connections[request["connection"]]
    if any(not each.idle() for each in connections.values()):
        os._exit(3)
    for each in connections.values():
        each.requests.put({"id": 0, "ask": "close"})
    for each in connections.values():
        each.thread.join(10)


class Connection:
    """One connection of the adapter, and the thread that it belongs to."""

    adapter: Any = None

    def __init__(self, say: Callable[[Answer], None]) -> None:
        self.requests: queue.Queue[Request] = queue.Queue()
        self.say = say
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def idle(self) -> bool:
        return self.requests.unfinished_tasks == 0

    def work(self) -> None:
        while True:
            request = self.requests.get()
            try:
                answer = self.answer(request)
            except BaseException as error:  # dbt turns SystemExit and the like loose on its callers
                answer = told(error)
            # Before it is said: whoever hears it may close at once, or ask the next.
            self.requests.task_done()
            self.say({"id": request["id"], **answer})
            if request["ask"] == "close":
                return

    def answer(self, request: Request) -> Answer:
        match request["ask"]:
            case "open":
                self.let_dbt_read_the_environment()
                self.adapter = adapter_of(request["profile"])
                opened(self.adapter, f"rewind-{request['connection']}")
                return {"done": True, "adapter_version": version_of(request["profile"]["type"])}
            case "run":
                return executed(self.adapter, request)
            case "close":
                if self.adapter is not None:
                    closed(self.adapter)
                return {"done": True}
            case other:
                raise ValueError(other)

    @staticmethod
    def let_dbt_read_the_environment() -> None:
        """What `env_var()` reads is kept by thread."""
        try:
            context = importlib.import_module("dbt_common.context")
        except ModuleNotFoundError:
            return  # there is no dbt at all, which is told when its adapter is looked for
        context.set_invocation_context(os.environ)


_ADAPTERS: dict[str, Any] = {}
_LOADING = threading.Lock()


class Unsupported(Exception):
    """dbt has no such adapter here."""


def adapter_of(wanted: dict[str, Any]) -> Any:
    """dbt's adapter for a profile, made once: `text` is a profiles.yml with nothing else in it. dbt
    keeps one adapter of a type, so that that of another profile ends."""
    with _LOADING:
        if wanted["text"] not in _ADAPTERS:
            _ADAPTERS.clear()
            _ADAPTERS[wanted["text"]] = load_adapter(wanted)
        return _ADAPTERS[wanted["text"]]


def load_adapter(wanted: dict[str, Any]) -> Any:
    try:
        importlib.import_module(f"dbt.adapters.{wanted['type']}")
    except ModuleNotFoundError as error:
        if error.name is None or not f"dbt.adapters.{wanted['type']}".startswith(error.name):
            raise
        raise Unsupported(wanted["type"]) from error
    from argparse import Namespace
    from multiprocessing import get_context

    arguments = Namespace(profiles_dir=None, project_dir=None, vars=wanted["vars"])
    importlib.import_module("dbt.flags").set_from_args(arguments, None)
    yaml_text = importlib.import_module("dbt.clients.yaml_helper").load_yaml_text
    renderer = importlib.import_module("dbt.config.renderer").ProfileRenderer
    profile = importlib.import_module("dbt.config.profile").Profile.from_raw_profiles(
        yaml_text(wanted["text"]), wanted["name"], renderer(wanted["vars"]), wanted["target"]
    )
    factory = importlib.import_module("dbt.adapters.factory")
    factory.reset_adapters()
    factory.register_adapter(profile, get_context("spawn"))
    return factory.get_adapter(profile)


def version_of(adapter_type: str) -> str:
    for module in ("__version__", "__about__"):
        try:
            found = importlib.import_module(f"dbt.adapters.{adapter_type}.{module}")
        except ModuleNotFoundError:
            continue
        return str(found.version)
    return ""


def opened(adapter: Any, name: str) -> None:
    """Opens this thread's connection. Statements take effect by themselves unless a transaction was
    begun in SQL, which drivers that begin one for every statement must be told."""
    adapter.acquire_connection(name)
    handle = adapter.connections.get_thread_connection().handle
    if getattr(handle, "autocommit", None) is False:
        handle.autocommit = True


def closed(adapter: Any) -> None:
    connection = adapter.connections.get_if_exists()
    if connection is not None:
        adapter.connections.close(connection)
        adapter.connections.clear_thread_connection()


def executed(adapter: Any, request: Request) -> Answer:
    """Runs one statement. What the driver returns is taken from its cursor, where there is one:
    dbt's own table would make numbers of texts that look like some."""
    sql, bindings = request["sql"], request["bindings"]
    values = None if bindings is None else [decoded(each) for each in bindings]
    if not hasattr(adapter.connections, "add_query"):
        _, table = adapter.execute(sql, fetch=request["fetch"])
        return answered(table.column_names, [tuple(row) for row in table.rows])
    _, cursor = adapter.connections.add_query(sql, auto_begin=False, bindings=values)
    if not request["fetch"] or not cursor.description:
        return answered([], [])
    return answered([column[0] for column in cursor.description], cursor.fetchall() or [])


def answered(columns: Any, rows: Any) -> Answer:
    return {
        "done": True,
        "columns": [str(column) for column in columns],
        "rows": [[encoded(value) for value in row] for row in rows],
    }


def told(error: BaseException) -> Answer:
    """What an error says of itself, and its names: the classes of all that led to it, and what
    drivers have for codes. dbt wraps most errors of drivers, so that the first is the one to tell.
    """
    chain = [error]
    while (inner := inner_of(chain[-1])) is not None and inner not in chain:
        chain.append(inner)
    driver = next((each for each in chain if not type(each).__module__.startswith("dbt")), error)
    names = [
        name
        for each in chain
        for kind in type(each).__mro__
        if (name := kind.__name__) not in _COMMON
    ]
    for each in chain:
        names += [str(code) for code in codes_of(each) if code]
    return {
        "done": False,
        "unsupported": isinstance(error, Unsupported),
        "class": type(driver).__name__,
        "message": str(driver).strip(),
        "names": names,
    }


def inner_of(error: BaseException) -> BaseException | None:
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


_COMMON = frozenset({"object", "BaseException", "Exception", "Error"})


def codes_of(error: BaseException) -> list[Any]:
    """SQLSTATE and the like, under the names that drivers have for them."""
    found = [getattr(error, name, None) for name in ("sqlstate", "pgcode", "error_name", "errno")]
    for name in ("getSqlState", "getErrorClass"):
        ask = getattr(error, name, None)
        if callable(ask):
            found.append(ask())
    return [code for code in found if isinstance(code, str | int)]


def encoded(value: Any) -> Any:
    """The value as JSON: what JSON lacks is an object of one entry, named by its kind."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    for kinds, name, convert in _KINDS:
        if isinstance(value, kinds):
            return {name: convert(value)}
    return {"text": str(value)}


_KINDS: tuple[tuple[Any, str, Callable[[Any], Any]], ...] = (
    (float, "float", repr),
    (decimal.Decimal, "decimal", str),
    (datetime.datetime, "datetime", lambda value: value.isoformat()),
    (datetime.date, "date", lambda value: value.isoformat()),
    (datetime.time, "time", lambda value: value.isoformat()),
    (
        datetime.timedelta,
        "interval",
        lambda value: [value.days, value.seconds, value.microseconds],
    ),
    (
        (bytes, bytearray, memoryview),
        "bytes",
        lambda value: base64.b64encode(bytes(value)).decode("ascii"),
    ),
    (uuid.UUID, "uuid", str),
    (dict, "map", lambda value: [[encoded(key), encoded(each)] for key, each in value.items()]),
    ((list, tuple, set, frozenset), "list", lambda value: [encoded(each) for each in value]),
)


def decoded(value: Any) -> Any:
    """A bound value: text, number, truth or bytes."""
    return base64.b64decode(value["bytes"]) if isinstance(value, dict) else value


if __name__ == "__main__":
    main()
