"""A small shop: a repository, its commits, a warehouse in memory, and the command line on it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import pytest
from tests.unit.engine.double import FakeVersion, Hook, Model, Project, no_hook, pointer
from tests.unit.git.sandbox import Sandbox, new_repository

from dbt_rewind.cli.main import run
from dbt_rewind.git.repository import Repository
from dbt_rewind.process import Completed
from dbt_rewind.state_folder import make_state_folder
from dbt_rewind.warehouse.memory_store import Contents, MemoryStore

BEGINNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLACE = "/home/ada/the-place-of-all-repositories"
"""Stands in golden files for the folder above the repository."""

MODELS = "models.json"

CONFIG = """\
version: 1
environments:
  prod: {target: prod, branch: main}
  dev: {target: dev, branch: develop}
verify:
  queries:
    - {name: sales, sql: select * from gold.summary}
"""
PROFILES = """\
shop:
  target: dev
  outputs:
    dev: {type: memory, store: dev}
    prod: {type: memory, store: shop}
"""

FIRST: dict[str, dict[str, object]] = {
    "customers": {"code": "c1", "tests": ["pass"]},
    "orders": {"code": "o1", "materialized": "incremental", "tests": ["pass", "pass"]},
    "recent": {"code": "r1", "materialized": "view", "parents": ["source.shop.raw.clicks"]},
    "summary": {"code": "s1", "parents": ["customers", "orders"], "tests": ["pass"]},
}


def changed(**models: dict[str, object] | None) -> dict[str, dict[str, object]]:
    """The first version with these models changed; None: without it."""
    merged: dict[str, dict[str, object] | None] = {**FIRST, **models}
    return {name: fields for name, fields in merged.items() if fields is not None}


BETTER = changed(summary={**FIRST["summary"], "code": "s2"})
BROKEN = changed(
    summary={**FIRST["summary"], "code": "s3", "tests": ["fail"]},
    orders={**FIRST["orders"], "code": "o3"},
)
LATEST = changed(
    customers=None,
    orders={**FIRST["orders"], "code": "o4", "tests": ["pass", "warn"]},
    summary={**FIRST["summary"], "code": "s4", "parents": ["orders"]},
    totals={"code": "t4", "parents": ["summary"]},
)


def project_at(repository: Repository, sha: str) -> Project:
    content = repository.file(sha, PurePosixPath(MODELS))
    assert content is not None
    return {
        name: Model(
            code=fields.get("code", "1"),
            materialized=fields.get("materialized", "table"),
            parents=tuple(fields.get("parents", ())),
            tests=tuple(fields.get("tests", ())),
            outcome=fields.get("outcome", "success"),
        )
        for name, fields in json.loads(content).items()
    }


def first_commits(folder: Path) -> None:
    """v1.0 good, v1.1 better, v1.2 broken, and what is on main now."""
    sandbox = new_repository(folder)
    for name, text in {
        "dbt_project.yml": "name: shop\nprofile: shop\n",
        "profiles.yml": PROFILES,
        "rewind.yml": CONFIG,
    }.items():
        sandbox.write(name, text)
    for number, (subject, models, tag) in enumerate(
        (
            ("Sell things", FIRST, "v1.0"),
            ("Count the summary's customers once", BETTER, "v1.1"),
            ("Join orders twice", BROKEN, "v1.2"),
            ("Drop customers and add totals, as the board of the shop has asked", LATEST, None),
        )
    ):
        commit(sandbox, number, subject, models)
        if tag:
            sandbox.git("tag", tag)


def commit(sandbox: Sandbox, number: int, subject: str, models: object) -> str:
    at = (BEGINNING - timedelta(days=10 - number)).isoformat()
    sandbox.write(MODELS, json.dumps(models, indent=2) + "\n")
    dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    before = {name: os.environ.get(name) for name in dates}
    os.environ.update(dates)
    try:
        return sandbox.commit(subject)
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]


_PREPARED: dict[str, tuple[Contents, bytes, datetime, int]] = {}


@dataclass
class Ran:
    """What a command printed, with the place's path replaced, and its exit code."""

    status: int
    out: str
    err: str


@dataclass
class Shop:
    """The shop as a test sees it. `at` is the time, an hour later with each command."""

    sandbox: Sandbox
    capsys: pytest.CaptureFixture[str]
    at: datetime
    store: MemoryStore = field(default_factory=MemoryStore)
    versions: list[FakeVersion] = field(default_factory=list)
    ticks: int = 0
    hook: Hook = no_hook
    patch: pytest.MonkeyPatch = field(default_factory=pytest.MonkeyPatch)

    def python_says(self, **versions: str) -> Callable[..., Completed]:
        """A Python that has these packages, for whoever asks it."""
        answer = json.dumps({"python": "3.12.4", "found": versions}).encode()
        return lambda *_, **__: Completed((), 0, answer, b"")

    def tick(self) -> float:
        """A stopwatch that is a quarter of a second further each time it is looked at."""
        self.ticks += 1
        return self.ticks / 4

    def run(self, *arguments: str) -> Ran:
        self.capsys.readouterr()
        self.at += timedelta(hours=1)
        status = run(list(arguments))
        captured = self.capsys.readouterr()
        return Ran(int(status), self._plain(captured.out), self._plain(captured.err))

    def done(self, *arguments: str, status: int = 0) -> None:
        """Runs a command that prepares a case."""
        ran = self.run(*arguments)
        assert ran.status == status, ran

    def plain_build(self, tag: str) -> None:
        """What dbt does without dbt-rewind: it builds under the public names."""
        repository = Repository.open(self.folder)
        project = project_at(repository, repository.resolve(tag))
        version = FakeVersion(self.store, project)
        version.place({m.id(name): pointer(name, m.schema) for name, m in project.items()})
        version.build((), None)

    def prepare(self, name: str, commands: Callable[[], object]) -> None:
        """What `commands` lead to from nothing, run once and remembered under `name`."""
        if name not in _PREPARED:
            commands()
            mirror = self.mirror.read_bytes() if self.mirror.exists() else b""
            _PREPARED[name] = (self.store.contents, mirror, self.at, self.ticks)
        contents, mirror, self.at, self.ticks = _PREPARED[name]
        self.store.contents = contents.copy()
        make_state_folder(self.mirror.parent)
        self.mirror.write_bytes(mirror)

    def _plain(self, text: str) -> str:
        text = text.replace(str(self.folder.parent), PLACE)
        return re.sub(r"\b[0-9a-f]{64}\b", "<sha256>", text)

    @property
    def folder(self) -> Path:
        return self.sandbox.folder

    @property
    def mirror(self) -> Path:
        return self.folder / ".rewind" / "prod.ledger.jsonl"

    def write(self, name: str, change: Callable[[str], str]) -> None:
        """Changes a file of the repository, without a commit."""
        file = self.folder / name
        file.write_text(change(file.read_text()))
