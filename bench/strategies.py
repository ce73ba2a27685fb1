"""Measures the four ways out of a bad release on one project, and puts them on their page.

    python -m bench.strategies              printed
    python -m bench.strategies --record     into bench/strategies.json and the page

In every round a commit that makes each model wrong is pushed and deployed, and one way out of it is
taken and timed from process start to exit. What users see is compared each time.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.machine import machine, today, versions
from bench.page import replaced, table
from bench.picture import short
from bench.processes import ChildFailed, elapsed, run, timed
from bench.project import Size, change, git, load_statements, make_project
from bench.sides import REWIND, Side

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "bench" / "strategies.json"
PAGE: Final = ROOT / "docs" / "explanation" / "strategies.md"
MARKER: Final = "strategies"

MODELS: Final = 10
DATA: Final = (1, 20)
ROUNDS: Final = 3

_SETTINGS = "flags: {sales: {models: 'path:models/staging'}}\nbackups: {before_deploy: false}\n"


@dataclass
class Bench:
    """A project with a remote, whose good version is live. `factor` is what the last commit
    multiplies every amount by: each is another."""

    side: Side
    size: Size
    factor: int = 1
    times: dict[str, list[float]] = field(default_factory=dict)

    def next(self, subject: str) -> None:
        """Commits and pushes a version that was never there."""
        self.factor += 1
        change(self.side.folder, self.size, self.factor, subject)
        git(self.side.folder, "push", "--quiet", "origin", "main")

    def rewind(self, *arguments: str) -> str:
        return run(self.side.folder, *REWIND, *arguments)

    def timed(self, name: str, *arguments: str) -> None:
        self.times.setdefault(name, []).append(timed(self.side.folder, *REWIND, *arguments))

    def pull(self) -> None:
        git(self.side.folder, "pull", "--quiet", "--ff-only", "origin", "main")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the ways out of a bad release.")
    parser.add_argument("--record", action="store_true", help="write the figures and the page")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory(prefix="rewind-strategies-") as scratch:
        try:
            results = measure(Path(scratch))
        except ChildFailed as error:
            sys.exit(f"error: {error}")
    if not options.record:
        print(json.dumps(results, indent=1))
        return
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replaced(page, text(results), MARKER), encoding="utf-8")


def measure(scratch: Path) -> dict[str, Any]:
    """All figures as JSON data. Raises ChildFailed."""
    cells = [_cell(scratch / str(data), Size(MODELS, data)) for data in DATA]
    return {
        "date": today(),
        "minutes": round(elapsed() / 60, 1),
        "machine": machine(),
        "versions": versions(None),
        "cells": cells,
    }


def _cell(folder: Path, size: Size) -> dict[str, Any]:
    print(f"{size.models} models, {size.rows:,} rows", file=sys.stderr, flush=True)
    bench = Bench(Side(folder / "project"), size)
    _prepare(bench, folder / "remote.git")
    for _ in range(ROUNDS):
        for way in (_revert, _flag, _fix, _restore):
            way(bench)
    return {
        "models": size.models,
        "source_rows": size.rows,
        "megabytes": bench.side.megabytes,
        "ways": {
            name: {"median": median(times), "all": times} for name, times in bench.times.items()
        },
    }


def _prepare(bench: Bench, remote: Path) -> None:
    folder = bench.side.folder
    make_project(folder, bench.size, rounds=0)
    with (folder / "rewind.yml").open("a", encoding="utf-8") as settings:
        settings.write(_SETTINGS)
    change(folder, bench.size, bench.factor, "Name the flag")
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    git(folder, "remote", "add", "origin", str(remote))
    git(folder, "push", "--quiet", "--set-upstream", "origin", "main")
    bench.side.execute(*load_statements(bench.size))
    bench.rewind("deploy", "main")


def _bad_release(bench: Bench) -> str:
    """Deploys a bad commit, and returns what users saw before."""
    good = bench.side.seen()
    bench.next("Something that is wrong")
    bench.rewind("deploy", "main")
    if bench.side.seen() == good:
        raise ChildFailed("the bad release shows what the good one did")
    return good


def _revert(bench: Bench) -> None:
    good = _bad_release(bench)
    bench.timed("revert", "rollback", "--yes", "--strategy", "revert")
    bench.side.require_seen(good)
    bench.pull()


def _flag(bench: Bench) -> None:
    release = json.loads(bench.rewind("status", "--json"))["live"]["id"]
    good = _bad_release(bench)
    bench.timed("flag", "flag", "disable", "sales", "--yes")
    bench.side.require_seen(good)
    bench.rewind("flag", "enable", "sales", "--yes")
    bench.rewind("rollback", "--yes", "--strategy", "revert", "--to", release)
    bench.side.require_seen(good)
    bench.pull()


def _fix(bench: Bench) -> None:
    good = _bad_release(bench)
    bad = bench.side.seen()
    bench.next("A correction, as far as a benchmark can have one")
    bench.timed("forward fix", "deploy", "main")
    if bench.side.seen() in {good, bad}:
        raise ChildFailed("the correction shows what was there before")


def _restore(bench: Bench) -> None:
    bench.timed("backup", "backup", "create")
    good = _bad_release(bench)
    restore = ("rollback", "--strategy", "restore")
    sentence = json.loads(bench.rewind(*restore, "--dry-run", "--json"))["sentence"]
    bench.timed("restore", *restore, "--yes", "--confirm", sentence)
    bench.side.require_seen(good)
    bench.rewind("rollback", "--code-only", "--yes")
    bench.pull()


_NAMES: Final[Mapping[str, str]] = {
    "revert": "Revert: data, and its reverts pushed",
    "flag": "Feature flag",
    "forward fix": "Forward fix: building and deploying it",
    "restore": "Restore",
    "backup": "(the backup before it)",
}


def text(results: Mapping[str, Any]) -> str:
    """The table, with what it was measured on."""
    on, versions_ = results["machine"], results["versions"]
    named = ", ".join(f"{name} {version}" for name, version in sorted(versions_.items()))
    cells = results["cells"]
    head = ("Way", *(f"{each['source_rows']:,} source rows" for each in cells))
    rows = [
        (words, *(_shown(each["ways"][way]) for each in cells)) for way, words in _NAMES.items()
    ]
    return "\n".join(
        (
            f"Measured on {results['date']} in one run of {results['minutes']:g} minutes:"
            f" {on['cores']} cores ({on['processor']}), {on['memory_gigabytes']} GB,"
            f" {on['system']}, Python {on['python']}; {named}. {MODELS} models on DuckDB, each of"
            f" them wrong; medians of {ROUNDS} rounds, from process start to exit, with a bare"
            " repository on the same disk as the remote.\n",
            table(head, rows),
        )
    )


def _shown(timing: Mapping[str, float]) -> str:
    seconds = timing["median"]
    return f"{short(seconds)} s ({seconds / 60:.2f} min)"


if __name__ == "__main__":
    main()
