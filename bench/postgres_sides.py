"""The ways back on PostgreSQL, each in a repository and a database of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.processes import ChildFailed, run, timed
from bench.project import Size
from bench.sides import Procedure, Rewind, Side
from dbt_rewind.demo.postgres_server import INSTALLED, PACKAGE, PostgresServer

SCHEMA = "analytics"

_OPEN = "import psycopg, sys; psycopg.connect(sys.argv[1]).close()"
_EXECUTE = """\
import psycopg, sys
with psycopg.connect(sys.argv[1]) as connection:
    for statement in sys.argv[2:]:
        cursor = connection.execute(statement)
    rows = cursor.fetchall() if cursor.description else []
print(rows)
"""


def programs() -> Path:
    """Where `pg_dump` and its like are."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ChildFailed(f"the package {PACKAGE.replace('_', '-')} is not installed")
    return Path(spec.origin).parent / INSTALLED / "bin"


def profile(server: PostgresServer, database: str) -> str:
    """The project's profiles.yml; JSON is YAML."""
    prod = {**server.settings(database), "schema": SCHEMA, "threads": 2}
    return json.dumps({"shop": {"target": "prod", "outputs": {"prod": prod}}})


def load_statements(size: Size) -> tuple[str, ...]:
    """SQL that makes the source table, as `project.load_statements` does for DuckDB."""
    return (
        "CREATE SCHEMA IF NOT EXISTS raw",
        f"""CREATE TABLE raw.orders AS
SELECT i AS id, i % {size.staging} AS part, i::bigint * 7919 % 5000 AS customer,
  (i::bigint * 104729 % 100000)::numeric(12, 2) AS amount, DATE '2026-01-01' + i % 365 AS day,
  'order ' || i AS note
FROM generate_series(0, {size.rows - 1}) AS r(i)""",
        "ANALYZE raw.orders",
    )


@dataclass(frozen=True, slots=True)
class OnServer(Side):
    """A side whose warehouse `target`, a connection string, leads to."""

    target: str = ""

    def execute(self, *statements: str) -> str:
        return run(self.folder, sys.executable, "-c", _EXECUTE, self.target, *statements).strip()

    def floor(self) -> float:
        return timed(self.folder, sys.executable, "-c", _OPEN, self.target)

    @property
    def megabytes(self) -> int:
        size = self.execute("SELECT (pg_database_size(current_database()) / 1000000)::int")
        return int(size.strip("[](),"))


class RewindOnServer(OnServer, Rewind):
    """dbt-rewind."""


class ProcedureOnServer(OnServer, Procedure):
    """The written procedure; and a backup of what dbt has built, taken while it was good."""

    @property
    def backup(self) -> Path:
        return self.folder / "analytics.dump"

    def dump(self) -> float:
        """Seconds that the backup takes, which every deploy needs that may have to be undone."""
        command = str(programs() / "pg_dump")
        return timed(
            self.folder,
            *(command, "--format=custom", f"--schema={SCHEMA}"),
            *(f"--file={self.backup}", f"--dbname={self.target}"),
        )

    def restore(self) -> float:
        """Seconds that it takes to put the backup in place of what is there, in one transaction."""
        command = str(programs() / "pg_restore")
        return timed(
            self.folder,
            *(command, "--clean", "--if-exists", "--single-transaction"),
            *(f"--dbname={self.target}", str(self.backup)),
        )
