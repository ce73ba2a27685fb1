"""A lab whose commands run in this process: quick enough to try hundreds of damages."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.crash.scenarios import Shelf, run
from tests.e2e.lab import Answer, Lab

from dbt_rewind.cli.main import run as run_here

READING: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "assess": (("--dry-run",),),
    "flag": (("list",),),
    "history": ((),),
    "incident": (("list",),),
    "policy": (("show",),),
    "review": (("list",),),
    "show": (("r1",),),
    "status": ((),),
    "tick": ((),),
    "verify": (("--no-tests",),),
}
"""Commands that change nothing, and arguments to call them with."""

ACTING: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "recover": ((),),
    "rollback": (("--dry-run",), ("--yes",)),
    "fix": (("ship", "v4", "--turn", "0s", "--dry-run"), ("start", "it")),
    "flag": (("disable", "sales", "--dry-run"), ("disable", "sales", "--yes")),
    "release-quarantine": (("v2", "--reason", "it is good"),),
    "deploy": (("v1", "--dry-run"), ("v4", "--dry-run"), ("v4",)),
    "refresh": (("--dry-run",),),
    "adopt": (("v4", "--dry-run"),),
    "eject": (("--dry-run",),),
    "pin": (("r1",),),
    "unpin": (("r1",),),
    "prune": (("--dry-run",), ("--yes", "--keep", "1")),
    "backup": (("create",),),
    "approve": (("A1", "--yes"),),
    "reject": (("A1", "--yes", "--reason", "it is bad"),),
    "review": (("close", "--note", "it is good"),),
    "policy": (("apply",),),
    "watch": (("--for", "0s"),),
}
"""Commands that change something, and arguments: first the calls that only say what they
would do."""

ALL = bool(os.environ.get("HARDENING_ALL"))
"""Whether every combination is tried. Otherwise each value is, in some combination."""


def combined(first: Iterable[Any], second: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Pairs of `first` and `second` for parametrize: all, or one for each of `first`."""
    if ALL:
        return [(one, other) for one in first for other in second]
    return [(one, second[number % len(second)]) for number, one in enumerate(first)]


EXAMINING = ("doctor",)
"""Commands that look at everything and tell of all that is wrong, in place of an error."""

WITHOUT_A_LEDGER = frozenset({"init", "schema", "demo", "notify", "run"})


@dataclass(frozen=True)
class Place:
    """One environment on a DuckDB file, after two deploys, a failed one, a rollback and another
    deploy: r4 is live, before it was r1, and the ledger has twelve events."""

    lab: Lab
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> Answer:
        """A command with `--json`, run in this process."""
        self.capsys.readouterr()
        status = run_here([*arguments, "--json"])
        told = self.capsys.readouterr()
        return Answer(int(status), told.out, told.err)

    def refused(self, *arguments: str) -> dict[str, Any]:
        """The error in which a command ends; it must be told to people, once."""
        answer = self.run(*arguments)
        assert answer.status not in {0, 1, 2, 10, 11}, (arguments, answer)
        assert answer.error["exit_code"] == answer.status
        assert answer.stderr.count("error:") == 1
        assert "Traceback" not in answer.stderr
        return answer.error

    @property
    def database(self) -> Path:
        return self.lab.database

    @property
    def mirror(self) -> Path:
        return self.lab.mirror

    def connect(self, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.database), read_only=read_only)

    def events(self) -> list[dict[str, Any]]:
        """The ledger's rows as they are stored."""
        with self.connect(read_only=True) as connection:
            result = connection.execute("from rewind.event order by sequence")
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def write_events(self, rows: list[dict[str, Any]]) -> None:
        """Replaces the ledger's rows; no constraint of the table stands in the way."""
        with self.connect() as connection:
            connection.execute("create or replace table rewind.event as from rewind.event limit 0")
            for row in rows:
                marks = ", ".join("?" for _ in row)
                connection.execute(f"insert into rewind.event values ({marks})", list(row.values()))

    def lines(self) -> list[dict[str, Any]]:
        """The mirror's events."""
        return [json.loads(line) for line in self.mirror.read_text().splitlines()]


def told(shelf: Shelf) -> Lab:
    """The lab in which places begin."""

    def make(folder: Path) -> None:
        lab = shelf.stage("committed").copy(folder)
        for command, status in (
            (("deploy", "v1"), 0),
            (("deploy", "v2"), 0),
            (("deploy", "fails"), 6),
            (("rollback", "--yes"), 0),
            (("deploy", "v3"), 0),
        ):
            run(lab, *command).check(status)

    return shelf.stages.made("double told", make, "double.duckdb")
