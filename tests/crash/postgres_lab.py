"""Labs whose warehouse is a database on a PostgreSQL server, and where they begin."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.scenarios import FILES, Shelf, committed
from tests.e2e.lab import Lab, Rows
from tests.postgres import Database, copy_of, drop, fresh_database, renamed

from dbt_rewind.demo.postgres_server import PostgresServer

SHOP = "double"

PROFILE = """\
double:
  outputs:
    prod:
      type: postgres
      host: "{{ env_var('SHOP_HOST') }}"
      port: "{{ env_var('SHOP_PORT') | as_number }}"
      user: "{{ env_var('SHOP_USER') }}"
      password: "{{ env_var('SHOP_PASSWORD') }}"
      dbname: "{{ env_var('SHOP_DATABASE') }}"
      schema: public
"""


@dataclass(frozen=True)
class PostgresLab(Lab):
    """`file` is the database's name. There is no file of DuckDB's. Where one works, the name is
    always the same, because releases are recorded with it; so there is one such lab at a time."""

    server: PostgresServer = field(kw_only=True)

    @property
    def place(self) -> Database:
        return Database(self.server, self.file)

    def copy(self, folder: Path) -> PostgresLab:
        shutil.copytree(self.folder, folder, symlinks=True)
        drop(Database(self.server, SHOP))  # what a test that failed has left
        return PostgresLab(folder, copy_of(self.place, SHOP).name, server=self.server)

    def put_away(self, name: str) -> PostgresLab:
        """The lab to make copies of."""
        self.place.wait_until_left()
        return PostgresLab(self.folder, renamed(self.place, name).name, server=self.server)

    def remove(self) -> None:
        super().remove()
        drop(self.place)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        variables = {
            "CRASH_ENGINE": "postgres",
            "SHOP_HOST": self.server.host,
            "SHOP_PORT": str(self.server.port),
            "SHOP_USER": self.server.user,
            "SHOP_PASSWORD": self.server.password,
            "SHOP_DATABASE": self.file,
        }
        return super().environment({**variables, **more})

    def sql(self, *statements: str) -> Rows:
        *before, last = statements
        self.place.run(*before)
        return self.place.rows(last)


@dataclass(frozen=True)
class PostgresShelf(Shelf):
    """As the shelf of files; each worker has a server, and so stages, of its own."""

    server: PostgresServer
    made: dict[str, PostgresLab] = field(default_factory=dict)

    def stage(self, name: str) -> Lab:
        if name not in self.made:
            lab = self.making(name)(self.stages.folder / name)
            assert isinstance(lab, PostgresLab)
            self.made[name] = lab.put_away(f"stage_{name}")
        return self.made[name]

    def _commit(self, folder: Path) -> Lab:
        lab = PostgresLab(folder, fresh_database(self.server, SHOP).name, server=self.server)
        return committed(lab, {**FILES, "pipeline/profiles.yml": PROFILE})
