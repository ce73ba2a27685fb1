"""The operations that are killed, and the state in which each begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash import child
from tests.crash.forge import Forge
from tests.e2e.lab import Answer, Lab
from tests.e2e.stages import Stages

TEXTS = range(1, 7)
CHILD = (str(Path(child.__file__)),)

FILES = {
    "rewind.yml": "version: 1\nproject: pipeline\nenvironments:\n  prod: {target: prod}\n"
    # Every version has a name of its own, so that names come and go.
    "gates: {vanished: off}\nflags: {sales: {models: sales}}\n",
    ".gitignore": "*.duckdb*\n",
    "pipeline/dbt_project.yml": "name: double\nprofile: double\n",
    "pipeline/profiles.yml": (
        "double:\n  outputs:\n    prod: {type: duckdb, path: ../double.duckdb}\n"
    ),
}


PLAIN = (
    *(f"create schema {name}" for name in ("reference", "silver", "gold")),
    "create table reference.regions (node varchar not null default 'x', release integer,"
    " text integer primary key, check (text > 0))",
    "insert into reference.regions values ('regions', 0, 1)",
    "create index by_release on reference.regions (release)",
    "comment on table reference.regions is 'all regions'",
    "create table silver.orders as select 'orders' as node, 0 as release, 1 as text",
    "comment on column silver.orders.text is 'the code'",
    "create table gold.sales as select 'sales' as node, 0 as release, 1 as text",
    "create table gold.only_in_1 as select 'only_in_1' as node, 0 as release, 1 as text",
    "create view gold.latest as select 'latest' as node, 0 as release, sales.text from gold.sales",
    "create table gold.strangers as select 1 as id",
)
"""What dbt alone leaves of v1, with what people have added, and a table of somebody else."""


def nodes(text: int, **changes: Any) -> str:
    """The double's project; `text` is the code of what depends on nothing kept."""
    made = {
        "regions": {"schema": "reference", "materialized": "table", "text": 1},
        "orders": {"schema": "silver", "materialized": "incremental", "text": text},
        "sales": {"schema": "gold", "materialized": "table", "text": text},
        "latest": {"schema": "gold", "materialized": "view", "text": 1, "needs": ["sales"]},
        f"only_in_{text}": {"schema": "gold", "materialized": "table", "text": 1},
    }
    for name, change in changes.items():
        made[name] = {**made[name], **change}
    return json.dumps(made)


@dataclass(frozen=True)
class Scenario:
    """A command that is killed, from a stage of the shelf. `ends_with` is its exit status when
    nobody kills it."""

    name: str
    stage: str
    command: tuple[str, ...]
    ends_with: int = 0

    def begin(self, shelf: Shelf, folder: Path) -> Lab:
        return shelf.stage(self.stage).copy(folder)


SCENARIOS = (
    Scenario("first deploy", "committed", ("deploy", "v1")),
    Scenario("deploy", "two", ("deploy", "v3")),
    Scenario("failing deploy", "two", ("deploy", "fails"), ends_with=6),
    Scenario("deploy of an equal commit", "two", ("deploy", "v1")),
    Scenario("refresh", "two", ("refresh",)),
    Scenario("stopped refresh", "watched", ("refresh",), ends_with=14),
    Scenario("rollback", "two", ("rollback", "--yes")),
    Scenario("recover", "broken", ("recover",)),
    Scenario("prune", "old", ("prune", "--keep", "1", "--yes")),
    Scenario("recover a prune", "pruning", ("recover",)),
    Scenario("flag off", "two", ("flag", "disable", "sales", "--yes")),
)


@dataclass(frozen=True)
class Shelf:
    """Where labs begin. `two`: r2 is live after r1. `broken`: and a deploy of r3 was killed. `old`:
    after r1, r2, a failed r3 and r4, r5 is live. `pruning`: and a prune was killed. `watched`: as
    `two`, but a gate stops what gains rows.

    `plain`: what dbt alone built of v1. `adopted`: and r2 is live after that was adopted as r1.
    `drifted`: as `two`, but a stranger's table stands in a pointer's place, and one is dropped."""

    stages: Stages

    def stage(self, name: str) -> Lab:
        return self.stages.made(f"double {name}", self.making(name), "double.duckdb")

    def making(self, name: str) -> Callable[[Path], Lab]:
        """What makes that stage in a folder."""
        return {
            "committed": self._commit,
            "two": lambda folder: self._deploy(folder, "committed", "v1", "v2"),
            "broken": self._break,
            "old": self._grow_old,
            "pruning": self._break_a_prune,
            "watched": self._watch,
            "plain": self._build_plainly,
            "adopted": self._adopt,
            "drifted": self._drift,
            "many": lambda folder: self._deploy(
                folder, "committed", *(f"v{text}" for text in TEXTS)
            ),
        }[name]

    def _commit(self, folder: Path) -> Lab:
        return committed(Lab(folder, "double.duckdb"), FILES)

    def _deploy(self, folder: Path, stage: str, *tags: str) -> Lab:
        lab = self.stage(stage).copy(folder)
        for tag in tags:
            run(lab, "deploy", tag).check(0)
        return lab

    def _grow_old(self, folder: Path) -> Lab:
        lab = self.stage("two").copy(folder)
        run(lab, "deploy", "fails").check(6)
        for tag in ("v3", "v4"):
            run(lab, "deploy", tag).check(0)
        return lab

    def _break_a_prune(self, folder: Path) -> Lab:
        lab = self.stage("old").copy(folder)
        killed = run(lab, "prune", "--keep", "1", "--yes", named="nothing is dropped")
        assert killed.status == -9, killed.stderr
        return lab

    def _watch(self, folder: Path) -> Lab:
        lab = self.stage("two").copy(folder)
        config = FILES["rewind.yml"].replace("vanished: off", "vanished: off, rows: {max_gain: 0}")
        lab.write({"rewind.yml": config})
        return lab

    def _build_plainly(self, folder: Path) -> Lab:
        lab = self.stage("committed").copy(folder)
        lab.sql(*PLAIN)
        return lab

    def _adopt(self, folder: Path) -> Lab:
        lab = self.stage("plain").copy(folder)
        run(lab, "adopt", "v1", "--yes").check(0)
        run(lab, "deploy", "v2").check(0)
        return lab

    def _drift(self, folder: Path) -> Lab:
        lab = self.stage("two").copy(folder)
        lab.sql("drop view gold.sales", "create table gold.sales as select 'theirs' as whose")
        lab.sql("drop view reference.regions")
        return lab

    def _break(self, folder: Path) -> Lab:
        lab = self.stage("two").copy(folder)
        killed = run(lab, "deploy", "v3", named="building latest")
        assert killed.status == -9, killed.stderr
        return lab


FORGE = Forge()
"""One for each worker; it ends when the worker closes its input."""


def run(
    lab: Lab,
    *arguments: str,
    at: int = 0,
    named: str = "",
    by: str = "SIGKILL",
    after: float | None = None,
) -> Answer:
    """A command with the double in dbt's place, ended at instant `at` or at the one so `named`, or
    killed `after` so many seconds."""
    ended = FORGE.run(
        arguments, lab.repository, lab.environment({}), at=at, named=named, by=by, after=after
    )
    return Answer(**ended)


def committed(lab: Lab, files: Mapping[str, str]) -> Lab:
    """The lab with a repository of all versions. Each is a branch of the first, so that none holds
    another that is rolled back."""
    lab.repository.mkdir(parents=True)
    lab.git("init", "--quiet", "--template=", "--initial-branch=main")
    lab.write(files)
    for text in TEXTS:
        lab.commit(f"Version {text}", {"pipeline/nodes.json": nodes(text)})
        lab.git("tag", f"v{text}")
        lab.git("switch", "--quiet", "--detach", "v1")
    lab.git("switch", "--quiet", "main")
    lab.commit("It fails", {"pipeline/nodes.json": nodes(3, sales={"fails": True})})
    lab.git("tag", "fails")
    return lab
