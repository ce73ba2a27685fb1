"""The three ways back that are compared, each in a repository and a warehouse of its own.

Every side does its work in processes, timed from start to exit. After each way back, what users
see is compared with what they saw before: a measurement of something that did not happen is worth
nothing.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.processes import ChildFailed, run, timed
from bench.project import DATABASE, GOOD, git

REWIND = (sys.executable, "-m", "dbt_rewind")
DBT = str(Path(sys.executable).with_name("dbt"))

_OPEN = "import duckdb, sys; duckdb.connect(sys.argv[1]).close()"
_EXECUTE = """\
import duckdb, sys
with duckdb.connect(sys.argv[1]) as connection:
    for statement in sys.argv[2:]:
        rows = connection.execute(statement).fetchall()
print(rows)
"""
_SEEN = "SELECT sum(amount) FROM analytics.mart_0"


@dataclass(frozen=True, slots=True)
class Side:
    """A repository in `folder` whose warehouse the DuckDB of `python` has made."""

    folder: Path
    python: str = sys.executable

    def execute(self, *statements: str) -> str:
        """The rows of the last statement, as text."""
        return run(self.folder, self.python, "-c", _EXECUTE, DATABASE, *statements).strip()

    def seen(self) -> str:
        """What a user who asks for the sales now gets to see."""
        return self.execute(_SEEN)

    def require_seen(self, wanted: str) -> None:
        """Raises ChildFailed where users do not see `wanted`."""
        seen = self.seen()
        if seen != wanted:
            raise ChildFailed(f"{self.folder.name} shows {seen} where {wanted} should be")

    def floor(self) -> float:
        """Seconds that a Python process takes that only opens the warehouse and closes it."""
        return timed(self.folder, self.python, "-c", _OPEN, DATABASE)

    @property
    def megabytes(self) -> int:
        return (self.folder / DATABASE).stat().st_size // 1_000_000


class Rewind(Side):
    """dbt-rewind."""

    def deploy(self, tag: str) -> float:
        return timed(self.folder, *REWIND, "deploy", tag)

    def rollback(self, release: int) -> float:
        return timed(self.folder, *REWIND, "rollback", "--yes", "--to", f"r{release}")


class Procedure(Side):
    """The written procedure: the good version's code is run over the live relations, in place."""

    def build(self, tag: str) -> float:
        """`dbt build` of that version in a checkout that was built in before, so that dbt parses
        only the files that differ."""
        git(self.folder, "checkout", "--quiet", tag)
        return timed(self.folder, DBT, "build")

    def build_fresh(self, tag: str) -> float:
        """`dbt build` of that version as CI does it, in a checkout that has no past."""
        git(self.folder, "checkout", "--quiet", tag)
        shutil.rmtree(self.folder / "target", ignore_errors=True)
        return timed(self.folder, DBT, "build")

    def back(self) -> float:
        return (
            timed(self.folder, "git", "checkout", "--quiet", GOOD)
            + timed(self.folder, DBT, "deps")
            + timed(self.folder, DBT, "run")
            + timed(self.folder, DBT, "test")
        )


class SqlMesh(Side):
    """SQLMesh on the same dbt project: what it keeps of a version is published again."""

    def plan(self, tag: str) -> float:
        """The version checked out, then planned and applied."""
        command = str(Path(self.python).with_name("sqlmesh"))
        return timed(self.folder, "git", "checkout", "--quiet", tag) + timed(
            self.folder, command, "plan", "--auto-apply", "--no-prompts"
        )
