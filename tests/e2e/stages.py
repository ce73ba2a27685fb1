"""Labs that are made once: dbt needs seconds for each deploy."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.lab import Lab
from tests.e2e.project import CHANGED_SALES, FILES, SOURCES


@dataclass(frozen=True)
class Stages:
    """The stages' folder, which all workers of a run share."""

    folder: Path

    @classmethod
    def shared(cls, factory: pytest.TempPathFactory) -> Stages:
        base = factory.getbasetemp()
        if "PYTEST_XDIST_WORKER" in os.environ:
            base = base.parent
        return cls(base / "stages")

    def empty(self) -> Lab:
        return self.made("empty", _make_empty)

    def first(self) -> Lab:
        return self.made("first", lambda folder: _make_first(self.empty(), folder))

    def second(self) -> Lab:
        return self.made("second", lambda folder: _make_second(self.first(), folder))

    def made(self, name: str, make: Callable[[Path], object], file: str = "shop.duckdb") -> Lab:
        """The lab called `name`, made by whichever worker asks for it first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self.folder / name
            if not done.exists():
                half_made = self.folder / f"{name}.half"
                shutil.rmtree(half_made, ignore_errors=True)
                make(half_made)
                half_made.rename(done)
            return Lab(done, file)


def told(lab: Lab, name: str) -> Any:
    """What was noted while a stage was made."""
    return json.loads((lab.folder / f"{name}.json").read_text(encoding="utf-8"))


def _note(lab: Lab, name: str, facts: Any) -> None:
    (lab.folder / f"{name}.json").write_text(json.dumps(facts), encoding="utf-8")


def _make_empty(folder: Path) -> None:
    lab = Lab(folder)
    lab.repository.mkdir(parents=True)
    lab.git("init", "--quiet", "--template=", "--initial-branch=main")
    lab.commit("Begin the shop", FILES)
    lab.git("tag", "v1")
    lab.sql(*SOURCES)


def _make_first(empty: Lab, folder: Path) -> None:
    lab = empty.copy(folder)
    _note(lab, "first", lab.rewind("deploy"))


def _make_second(first: Lab, folder: Path) -> None:
    lab = first.copy(folder)
    lab.commit("Count sales twice", {"pipeline/models/sales.sql": CHANGED_SALES})
    lab.git("tag", "v2")
    # Something staged, something changed, something new: none of it is the deploy's business.
    lab.write({"notes.txt": "new\n", "README.md": "staged\n"})
    lab.git("add", "README.md")
    before = lab.checkout()
    deployed = lab.rewind("deploy", "main")
    _note(lab, "checkout", {"before": before, "after": lab.checkout()})
    _note(lab, "second", deployed)
    lab.git("rm", "--quiet", "-f", "README.md")
    (lab.repository / "notes.txt").unlink()
