"""Where the double of dbt writes: a file of DuckDB's, or a database on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
import psycopg
from tests.postgres import libpq

from dbt_rewind.config.profile import Profile

WriteFailed = (duckdb.Error, psycopg.Error)


class Written(Protocol):
    @property
    def name(self) -> str:
        """The database's, as relations have it."""

    def run(self, *statements: str) -> None:
        """Each in a transaction of its own, over a connection of its own, as dbt does it."""


@dataclass(frozen=True)
class InFile:
    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    def run(self, *statements: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            for statement in statements:
                connection.execute(statement)


@dataclass(frozen=True)
class OnServer:
    settings: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.settings["dbname"])

    def run(self, *statements: str) -> None:
        with psycopg.connect(**libpq(self.settings), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def written(profile: Profile) -> Written:
    """What the profile leads to."""
    if profile.adapter == "postgres":
        return OnServer(profile.settings)
    return InFile(Path(profile.folder / profile.settings["path"]).resolve())
