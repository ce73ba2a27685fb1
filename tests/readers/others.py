"""The same readers over two others: `dbt run` in place, and SQLMesh.

Both run one dbt project of a hundred models in layers, of which each version differs from the one
before in every first model, as a changed release does.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import yaml
from bench.processes import run
from tests.postgres import Database
from tests.readers.crowd import Name
from tests.readers.publishing import Published, paced

SCHEMA = "analytics"
STAGING, INTERMEDIATE, MARTS = 30, 40, 30

FILES = {
    "dbt_project.yml": """\
name: shop
version: "1.0"
profile: shop
model-paths: [models]
models:
  shop:
    staging: {materialized: view}
    intermediate: {materialized: table}
    marts: {materialized: table}
""",
    "models/sources.yml": "sources: [{name: raw, schema: raw, tables: [{name: orders}]}]\n",
    "sqlmesh.yaml": """\
model_defaults:
  start: 2026-01-01
  dialect: postgres
virtual_environment_mode: full
""",
}


@dataclass(frozen=True)
class Other:
    """A project in `folder`, and what makes a version of it live in the database: `command`."""

    database: Database
    folder: Path
    command: tuple[str, ...]

    @property
    def models(self) -> list[Name]:
        return [(SCHEMA, name) for name in (*_staging(), *_intermediate(), *_marts())]

    def build(self) -> None:
        """Makes both versions live once, so that afterwards nothing is new to anybody."""
        self.database.run(
            "CREATE SCHEMA raw",
            "CREATE TABLE raw.orders AS SELECT i AS id FROM generate_series(1, 20) AS i",
        )
        profile = {"target": "prod", "outputs": {"prod": self._connection()}}
        self._write("profiles.yml", yaml.safe_dump({"shop": profile}))
        for name, text in FILES.items():
            self._write(name, text)
        for at, name in enumerate(_intermediate()):
            needed = f"stg_{at % STAGING}"
            self._write(f"models/intermediate/{name}.sql", _selecting(needed))
        for at, name in enumerate(_marts()):
            self._write(f"models/marts/{name}.sql", _selecting(f"int_{at % INTERMEDIATE}"))
        for version in (2, 1):
            self.publish(version)

    def publish(self, version: int) -> None:
        for name in _staging():
            text = f"select id, {version} as release from {{{{ source('raw', 'orders') }}}}\n"
            self._write(f"models/staging/{name}.sql", text)
        run(self.folder, *self.command)

    def publish_for(self, *, seconds: float) -> Published:
        """One version after the other, as often as it goes in that time."""
        versions = cycle((2, 1))
        return paced(lambda: self.publish(next(versions)), seconds=seconds, least=1)

    def _connection(self) -> dict[str, object]:
        return {**self.database.settings, "schema": SCHEMA, "threads": 2}

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def in_place(database: Database, folder: Path) -> Other:
    """`dbt run` over the relations that users read."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    return Other(database, folder, (dbt, "--quiet", "run"))


def sqlmesh(database: Database, folder: Path, python: str) -> Other:
    """SQLMesh, of `python`, which keeps what it has built and re-points views."""
    command = str(Path(python).with_name("sqlmesh"))
    return Other(database, folder, (command, "plan", "--auto-apply", "--no-prompts"))


def _selecting(needed: str) -> str:
    return f"select id, release from {{{{ ref('{needed}') }}}}\n"


def _staging() -> list[str]:
    return [f"stg_{at}" for at in range(STAGING)]


def _intermediate() -> list[str]:
    return [f"int_{at}" for at in range(INTERMEDIATE)]


def _marts() -> list[str]:
    return [f"mart_{at}" for at in range(MARTS)]
