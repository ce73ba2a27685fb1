"""Measures a rollback beside the written procedure and SQLMesh, over models and data.

    python -m bench --models 10 --data 1      one cell, printed
    python -m bench --record                  the whole matrix; rewrites results, page and picture
    python -m bench --engine postgres --record     PostgreSQL's part of the results and the page

Every side starts from the same generated project with a bad version live, in a warehouse of its
own, and is timed from process start to exit. The sides take turns, so that what else the machine
does hits all of them: the ratios say more than the seconds.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import postgres, postgres_page, processes
from bench.cell import LATE, measure_cell, measure_sqlmesh, not_measured, seconds
from bench.machine import machine, today, versions
from bench.mesh import make_environment
from bench.page import rewrite_pages
from bench.picture import picture
from bench.processes import ChildFailed, elapsed, run
from bench.project import Size

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results.json"
PICTURE = ROOT / "docs" / "images" / "benchmark.svg"

POINTERS = 1000
"""How many a publish beside bare SQL moves: with fewer, what it does once weighs most."""

MODELS, DATA = (10, 100, 1000), (1, 10, 100)
_OF_A_CELL = 9 * 60.0
"""Seconds before the end from which on no further cell is begun: it would be cut off."""


def main() -> None:
    options = _options()
    # As Ctrl-C: running children are ended and the scratch folder goes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory(prefix="rewind-bench-") as scratch:
        try:
            if options.engine == "postgres":
                results = postgres.measure(Path(scratch), options.models, options.data, say)
            else:
                results = measure(Path(scratch), options)
        except ChildFailed as error:
            sys.exit(f"error: {error}")
    held = json.loads(RESULTS.read_text(encoding="utf-8"))
    if options.record and options.engine == "postgres":
        _write({**held, "postgres": results})
        postgres_page.rewrite_page(ROOT, results)
    elif options.record:
        results = {**results, "postgres": held["postgres"]}
        _write(results)
        PICTURE.write_text(picture(results), encoding="utf-8")
        rewrite_pages(ROOT, results)
    else:
        print(json.dumps(results, indent=1))
    if results["missing"]:
        sys.exit(f"{len(results['missing'])} parts of the matrix were not measured")


def _write(results: dict[str, Any]) -> None:
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def measure(scratch: Path, options: argparse.Namespace) -> dict[str, Any]:
    """All figures as JSON data. Raises ChildFailed."""
    say("the environment for SQLMesh" if options.sqlmesh else "without SQLMesh")
    mesh = make_environment(scratch) if options.sqlmesh else None
    publish = _publish(POINTERS)
    cells: list[dict[str, Any]] = []
    missing: list[dict[str, Any]] = []
    # What takes longest comes last, so that a slow machine loses the fewest cells.
    for models in sorted(options.models):
        for data in sorted(options.data):
            size = Size(models, data)
            say(f"{models} models, data {data}: {size.rows:,} source rows")
            try:
                _require_time()
                cells.append(measure_cell(size, scratch, mesh, missing, say))
            except ChildFailed as error:
                missing.append(not_measured(size, "all sides", error))
                say(f"  not measured: {error}")
    for cell in cells if mesh else ():
        size = Size(cell["models"], cell["data"])
        if size.models >= LATE and mesh is not None:
            try:
                say(f"{size.models} models, data {size.data}")
                _require_time()
                cell["sqlmesh"] = measure_sqlmesh(size, scratch, mesh, say)
            except ChildFailed as error:
                missing.append(not_measured(size, "SQLMesh", error))
                say(f"  not measured: {error}")
    return {
        "version": 1,
        "date": today(),
        "minutes": round(elapsed() / 60, 1),
        "machine": machine(),
        "versions": versions(mesh),
        "cells": cells,
        "missing": missing,
        "publish": publish,
    }


def _require_time() -> None:
    if elapsed() > processes.longest - _OF_A_CELL:
        raise ChildFailed("the run had taken its time already")


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _publish(pointers: int) -> dict[str, Any]:
    say(f"a publish of {pointers} pointers beside bare SQL")
    measured = json.loads(run(ROOT, sys.executable, "-m", "bench.publish", str(pointers)))
    return {"pointers": pointers, **{name: seconds(each) for name, each in measured.items()}}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--engine", choices=("duckdb", "postgres"), default="duckdb", help="default: duckdb"
    )
    parser.add_argument("--models", type=_numbers, help="default: 10,100,1000")
    parser.add_argument("--data", type=_numbers, help="default: 1,10,100; PostgreSQL: 10")
    parser.add_argument(
        "--no-sqlmesh", dest="sqlmesh", action="store_false", help="leave SQLMesh out"
    )
    parser.add_argument(
        "--record", action="store_true", help="rewrite bench/results.json, page and picture"
    )
    parser.add_argument(
        "--minutes", type=float, default=59, help="the longest that it may take; default: 59"
    )
    options = parser.parse_args()
    matrix = (postgres.MODELS, postgres.DATA) if options.engine == "postgres" else (MODELS, DATA)
    options.models, options.data = options.models or matrix[0], options.data or matrix[1]
    processes.longest = options.minutes * 60
    return options


def _numbers(text: str) -> Sequence[int]:
    numbers = [int(part) for part in text.split(",")]
    if min(numbers) < 1:
        raise argparse.ArgumentTypeError("a number is 1 or more")
    return numbers


if __name__ == "__main__":
    main()
