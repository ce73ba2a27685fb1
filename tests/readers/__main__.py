"""What readers see, and how long they wait, while releases go live: ours beside two others.

    python -m tests.readers            one run of some minutes, printed
    RECORD=1 python -m tests.readers   and written to bench/readers.json and its page

Each way of publishing has a server of its own, which writes to the disk as one in production does,
and the same readers for a minute.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.machine import machine, today
from bench.mesh import make_environment
from bench.processes import run
from tests.postgres import Database, database
from tests.readers.crowd import Target, reading
from tests.readers.others import Other, in_place, sqlmesh
from tests.readers.page import OURS, QUIET, RESULTS, rewrite
from tests.readers.publishing import Published, publish_for
from tests.readers.stage import Stage

from dbt_rewind.demo.postgres_server import running_postgres

SECONDS = 60.0
PUBLISHES = 300

_VERSIONS = """\
import json, sys
from importlib import metadata
print(json.dumps({name: metadata.version(name) for name in sys.argv[1:]}))
"""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="rewind-readers-") as scratch:
        results = measure(Path(scratch))
    text = json.dumps(results, indent=1) + "\n"
    print(text)
    if os.environ.get("RECORD"):
        RESULTS.write_text(text, encoding="utf-8")
        rewrite(results)
    ours = results["sides"][OURS]
    return int(bool(ours["mixtures"] or ours["errors"] or ours["publishes"] < PUBLISHES))


def measure(scratch: Path) -> dict[str, Any]:
    """All figures as JSON data."""
    say("the environment for SQLMesh")
    mesh = make_environment(scratch)
    sides: dict[str, Any] = {}
    say("dbt-rewind")
    with running_postgres({}) as server, database(server) as shop:
        server_version = shop.rows("SHOW server_version")[0][0]
        stage = Stage(shop.name, shop.settings, _folder(scratch, "ours"))
        stage.build()
        stage.add_views()
        sides[QUIET] = _watched(stage.target, _nothing)
        sides[OURS] = _watched(
            stage.target, lambda: publish_for(stage, seconds=SECONDS, least=PUBLISHES)
        )
    others: dict[str, Callable[[Database], Other]] = {
        "`dbt run` in place": lambda shop: in_place(shop, _folder(scratch, "in place")),
        "SQLMesh": lambda shop: sqlmesh(shop, _folder(scratch, "mesh"), mesh),
    }
    for name, make in others.items():
        say(name.replace("`", ""))
        with running_postgres({}) as server, database(server) as shop:
            sides[name] = _other(make(shop))
    return {
        "date": today(),
        "machine": machine(),
        "versions": {"PostgreSQL": server_version, **_versions(mesh)},
        "seconds": SECONDS,
        "lock_timeout": stage.patience.lock_timeout.total_seconds(),
        "sides": sides,
    }


def _other(other: Other) -> dict[str, Any]:
    other.build()
    target = Target(other.database.settings, other.models)
    return _watched(target, lambda: other.publish_for(seconds=SECONDS))


def _watched(target: Target, publish: Callable[[], Published | None]) -> dict[str, Any]:
    """The figures of a publisher and of the readers beside it."""
    with reading(target) as crowd:
        published = publish()
    figures = published.figures if published else {"publishes": 0}
    return {**figures, **crowd.seen.figures, "told": dict(crowd.seen.errors)}


def _nothing() -> None:
    time.sleep(SECONDS / 4)


def _versions(mesh: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for python, names in (
        (sys.executable, ("dbt-rewind", "dbt-core", "dbt-postgres")),
        (mesh, ("sqlmesh",)),
    ):
        found |= json.loads(run(Path.cwd(), python, "-c", _VERSIONS, *names))
    return found


def _folder(scratch: Path, name: str) -> Path:
    folder = scratch / name
    folder.mkdir()
    return folder


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
