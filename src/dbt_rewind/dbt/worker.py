"""Runs in the *project's* Python, beside its dbt, and never imports dbt-rewind.

Reads one JSON request a line from standard input and writes JSON messages, one a line: `ready`
once, then for each request any number of `node` messages and one `done`. A request is a dbt command
(`{"arguments": [...], "keep_manifest": bool}`) or says where the nodes of the kept manifest are to
be built (`{"place": {...}, "after": {...}}`). One process serves them all, because importing dbt
and parsing a project cost seconds. Whatever else is printed goes to standard error.
"""

from __future__ import annotations

import copy
import gc
import importlib
import json
import os
import queue
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

NODE_EVENTS = {"NodeStart": "started", "NodeFinished": "finished"}

CASCADE = re.compile(
    r"(\bdrop\s+(?:table|view|materialized\s+view|column)\s[^;]*?)\s+cascade(?=\s*(?:;|/\*|$))",
    re.IGNORECASE,
)
CHANGES_A_VERSIONED_RELATION = re.compile(
    r"\s*(?:/\*.*?\*/\s*)*(?:drop|alter)\b.*\brewind_r[0-9]+_", re.IGNORECASE | re.DOTALL
)


def main() -> None:
    # Python looks for modules beside its script first, where ours have names that others have too.
    sys.path[:] = [
        each for each in sys.path if Path(each).resolve() != Path(__file__).resolve().parent
    ]
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    lock = threading.Lock()

    def say(kind: str, **facts: Any) -> None:
        with lock:
            answers.write(json.dumps({"kind": kind, **facts}) + "\n")
            answers.flush()

    requests: queue.Queue[dict[str, Any] | None] = queue.Queue()
    busy = threading.Event()
    threading.Thread(target=read_requests, args=(requests, busy), daemon=True).start()
    # dbt's modules and the parsed project stay to the end. To look through them for rubbish again
    # and again, as Python does by default, takes a sixth of what dbt takes.
    gc.disable()
    try:
        runner_class = importlib.import_module("dbt.cli.main").dbtRunner
        version = importlib.import_module("dbt.version").__version__
    except ImportError as error:
        say("missing", problem=str(error))
        return
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()
    say("ready", dbt_version=version)
    complaints: list[str] = []
    runner = runner_class(callbacks=[lambda event: forward(event, say, complaints)])
    while (request := requests.get()) is not None:
        complaints.clear()
        answered = answer(runner, request, complaints)
        # Before it is said: whoever hears it may close at once, or ask the next.
        busy.clear()
        say("done", **answered)
    gc.freeze()


def read_requests(requests: queue.Queue[dict[str, Any] | None], busy: threading.Event) -> None:
    """Hands requests over until the other side closes, or is gone.

    A build whose owner was killed must not go on writing to the warehouse, so a busy process ends
    at once; an idle one ends in good order, which closes the warehouse properly.
    """
    for line in sys.stdin:
        busy.set()
        requests.put(json.loads(line))
    if busy.is_set():
        os._exit(3)
    requests.put(None)


def forward(event: Any, say: Callable[..., None], complaints: list[str]) -> None:
    """Passes on what the progress display needs, which is when a node starts and ends; keeps what
    dbt complains of."""
    name = event.info.name
    if str(getattr(event.info, "level", "")) == "error":
        complaints.append(str(event.info.msg).strip())
    if name not in NODE_EVENTS:
        return
    node = event.data.node_info
    result = getattr(event.data, "run_result", None)
    say(
        "node",
        event=NODE_EVENTS[name],
        unique_id=node.unique_id,
        resource_type=node.resource_type,
        status=result.status if result is not None else "",
        seconds=result.execution_time if result is not None else 0.0,
        message=str(getattr(result, "message", None) or ""),
    )


def answer(runner: Any, request: dict[str, Any], complaints: list[str]) -> dict[str, Any]:
    try:
        if "place" in request:
            return placed(runner.manifest, request["place"], request["after"])
        forget_inlined(runner.manifest)
        result = runner.invoke(request["arguments"])
    except BaseException as error:  # dbt turns SystemExit and the like loose on its callers
        return {"success": False, "problem": f"{type(error).__name__}: {error}", "listed": []}
    if request["keep_manifest"] and result.success:
        runner.manifest = result.result
    listed = result.result if isinstance(result.result, list) else []
    return {
        "success": bool(result.success),
        "problem": worded(result.exception, complaints) if result.exception is not None else "",
        "listed": [line for line in listed if isinstance(line, str)],
    }


def worded(exception: Any, complaints: list[str]) -> str:
    """What is wrong. Some exceptions say no more than that something is; dbt has said what before,
    and repeats the exception at the end."""
    problem = str(exception)
    more = [each for each in complaints if problem.splitlines()[-1:] != each.splitlines()[-1:]]
    return "\n".join([problem, *more])


def placed(
    manifest: Any, places: dict[str, list[str] | None], after: dict[str, list[str]]
) -> dict[str, Any]:
    """Gives nodes and sources of the manifest other relations, and nodes more to wait for. A test
    without a place keeps no failing rows.

    dbt reads all three parts from the node whenever it writes or refers to it, so that nothing of
    the project has to be changed.
    """
    adapter_type = manifest.metadata.adapter_type
    adapter = importlib.import_module("dbt.adapters.factory").get_adapter_by_type(adapter_type)
    keep_dependents(adapter.ConnectionManager)
    sources = {}
    for unique_id, place in places.items():
        node = manifest.nodes.get(unique_id)
        if node is None:
            sources[unique_id] = place
            continue
        if place is None:
            node.config.store_failures_as, node.config.store_failures = "ephemeral", False
            continue
        database, schema, name = place
        node.database, node.schema = database, schema
        node.alias = name
        node.relation_name = str(
            adapter.Relation.create(database=database, schema=schema, identifier=name)
        )
    if sources:
        place_sources(manifest, sources)
    for unique_id, needed in after.items():
        node = manifest.nodes[unique_id]
        node.depends_on.nodes += [each for each in needed if each not in node.depends_on.nodes]
    return {"success": True, "problem": "", "listed": []}


def keep_dependents(connections: Any) -> None:
    """Has every statement that dbt runs go through `without_cascade`, for as long as we live."""
    run = getattr(connections, "add_query", None)
    if run is None or hasattr(run, "keeps_dependents"):
        return

    def run_without(self: Any, sql: str, *arguments: Any, **named: Any) -> Any:
        return run(self, without_cascade(sql), *arguments, **named)

    run_without.keeps_dependents = True  # type: ignore[attr-defined]
    connections.add_query = run_without


def without_cascade(sql: str) -> str:
    """The statement; one that drops a versioned relation, or a column of one, fails where something
    depends on that, instead of dropping it too.

    dbt drops with CASCADE what it replaces. Of a table that is written on in place, that would take
    the pointers to it, and the views that others have built on these.
    """
    return CASCADE.sub(r"\1", sql) if CHANGES_A_VERSIONED_RELATION.match(sql) else sql


def forget_inlined(manifest: Any) -> None:
    """Has the nodes as they were before a build: dbt would believe that ephemeral models are still
    in the code that it compiles anew."""
    for node in getattr(manifest, "nodes", {}).values():
        if getattr(node, "extra_ctes_injected", False):
            node.extra_ctes_injected, node.extra_ctes = False, []


def place_sources(manifest: Any, places: dict[str, list[str] | None]) -> None:
    """Has `source()` lead to other relations, while the manifest keeps what the project says.

    A source that itself had other names would count as modified, now or in the next deploy.
    """
    lookup = manifest.source_lookup
    find = lookup.find

    def find_placed(*arguments: Any, **named: Any) -> Any:
        source = find(*arguments, **named)
        place = places.get(source.unique_id) if source is not None else None
        if place is None:
            return source
        placed_source = copy.copy(source)
        placed_source.database, placed_source.schema, placed_source.identifier = place
        return placed_source

    lookup.find = find_placed


if __name__ == "__main__":
    main()
