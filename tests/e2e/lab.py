"""A place to work in: a repository with its DuckDB file, driven through the real command line."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from tests.postgres import Database

Rows = list[tuple[Any, ...]]

TIMEOUT = 300.0


@dataclass(frozen=True)
class Answer:
    """How one command ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.stdout)
        return document

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.document["error"]
        return error

    def check(self, expected: int) -> Answer:
        assert self.status == expected, f"exit status {self.status}\n{self.stdout}\n{self.stderr}"
        return self


@dataclass(frozen=True)
class Lab:
    """Everything lies in `folder`: the repository, and a home and a temporary folder of its own."""

    folder: Path
    file: str = "shop.duckdb"

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    @property
    def database(self) -> Path:
        return self.repository / self.file

    @property
    def place(self) -> Path | Database:
        """Where the warehouse is."""
        return self.database

    @property
    def mirror(self) -> Path:
        return self.repository / ".rewind" / "prod.ledger.jsonl"

    @property
    def temporary(self) -> Path:
        return self.folder / "temporary"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def copy(self, folder: Path) -> Lab:
        shutil.copytree(self.folder, folder, symlinks=True)
        return Lab(folder, self.file)

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GIT_", "DBT_", "REWIND_", "GITHUB_", "GITLAB_"))
            and name != "PYTHONDONTWRITEBYTECODE"
        }
        home = self.folder / "home"
        for path in (home, self.temporary):
            path.mkdir(parents=True, exist_ok=True)
        return {
            **kept,
            "HOME": str(home),
            "TMPDIR": str(self.temporary),
            "DBT_REWIND_CACHE": str(self.cache),
            "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada",
            "GIT_AUTHOR_EMAIL": "ada@example.com",
            "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.com",
            **more,
        }

    def start(
        self,
        *arguments: str,
        script: Sequence[str] = ("-m", "dbt_rewind"),
        folder: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Starts a command and does not wait for it."""
        return subprocess.Popen(
            [sys.executable, *script, *arguments],
            cwd=folder or self.repository,
            env=self.environment(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self,
        *arguments: str,
        script: Sequence[str] = ("-m", "dbt_rewind"),
        folder: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Answer:
        """Runs a command to its end, whatever its exit status."""
        return ended(self.start(*arguments, script=script, folder=folder, variables=variables))

    def rewind(self, *arguments: str, expected: int = 0) -> dict[str, Any]:
        """Runs a command with --json and returns its document."""
        return self.run(*arguments, "--json").check(expected).document

    def refused(self, *arguments: str, expected: int) -> dict[str, Any]:
        """Runs a command that must fail, and returns its error; it must be told to people too."""
        answer = self.run(*arguments, "--json").check(expected)
        error = answer.error
        assert error["exit_code"] == expected
        assert unwrapped(error["message"]) in unwrapped(answer.stderr)
        assert error["hint"]
        return error

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.repository,
            env=self.environment({}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout.strip()

    def write(self, files: Mapping[str, str]) -> None:
        for name, content in files.items():
            path = self.repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")

    def commit(self, subject: str, files: Mapping[str, str] | None = None) -> str:
        """Commits everything, after writing `files`; returns the commit's id."""
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.git("rev-parse", "HEAD")

    def sql(self, *statements: str) -> Rows:
        """Runs statements in the warehouse and returns the rows of the last."""
        rows: Rows = []
        with duckdb.connect(str(self.database)) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        return rows

    def read(self) -> dict[str, Rows]:
        """All rows that users see, by public name."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return {
                name: connection.execute(f"select * from {name} order by all").fetchall()
                for name in public_names(connection)
            }

    def standing(self) -> dict[str, Any]:
        """The ledger, all relations and all view texts: what an operation that failed must leave
        as it was. Empty where there is no database."""
        if not self.database.exists():
            return {}
        with duckdb.connect(str(self.database), read_only=True) as connection:
            queries = {
                "views": "select schema_name, view_name, sql from duckdb_views() where not internal"
                " order by all",
                "tables": "select schema_name, table_name, estimated_size from duckdb_tables()"
                " where schema_name <> 'rewind' order by all",
            }
            found = {name: connection.execute(text).fetchall() for name, text in queries.items()}
            found["events"] = ledger_rows(connection)
            return found

    def file_digest(self) -> str:
        return hashlib.sha256(self.database.read_bytes()).hexdigest()

    def checkout(self) -> tuple[str, ...]:
        """What a deploy must not touch of the user's repository."""
        index = hashlib.sha256((self.repository / ".git" / "index").read_bytes()).hexdigest()
        commands = (
            ("status", "--porcelain=v2", "--branch"),
            ("worktree", "list", "--porcelain"),
            ("for-each-ref",),
            ("config", "--local", "--list"),
            ("stash", "list"),
        )
        return (index, *(self.git("--no-optional-locks", *command) for command in commands))

    def assert_tidy(self) -> None:
        """No worktree and no temporary file is left, and no profile's text anywhere."""
        worktrees = self.repository / ".rewind" / "worktrees"
        assert not worktrees.exists() or not list(worktrees.iterdir())
        assert len(self.git("worktree", "list").splitlines()) == 1
        assert not list(self.temporary.iterdir())


def unwrapped(text: str) -> str:
    """Text without its spaces and line breaks: what people read is wrapped."""
    return "".join(text.split())


def ended(process: subprocess.Popen[str]) -> Answer:
    stdout, stderr = process.communicate(timeout=TIMEOUT)
    return Answer(process.returncode, stdout, stderr)


def public_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every view outside the tool's own schemas."""
    rows = connection.execute(
        "select schema_name || '.' || view_name from duckdb_views() where not internal"
        " and schema_name <> 'rewind' and not starts_with(schema_name, 'rewind_') order by all"
    ).fetchall()
    return [str(row[0]) for row in rows]


def ledger_rows(connection: duckdb.DuckDBPyConnection) -> Rows:
    """The events, oldest first; none where there is no ledger."""
    known = connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'rewind' and table_name = 'event'"
    ).fetchall()
    if not known:
        return []
    return connection.execute("from rewind.event order by environment, sequence").fetchall()


def lines_of(process: subprocess.Popen[str], mark: str) -> list[str]:
    """Reads a command's output until a line holds `mark`. Fails where it ends before."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if mark in line:
            return seen
    process.wait(TIMEOUT)
    raise AssertionError(
        f"no {mark!r} in {''.join(seen)}{process.stderr and process.stderr.read()}"
    )


def descendants(pid: int) -> set[int]:
    """The process's children and theirs, that still run."""
    parents = _parents()
    found: set[int] = set()
    while new := {child for child, parent in parents.items() if parent in {pid, *found}} - found:
        found |= new
    return found


def running() -> set[int]:
    """All processes that have not ended."""
    return set(_parents())


def _parents() -> dict[int, int]:
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if fields[0] not in {"Z", "X"}:
            parents[int(path.parent.name)] = int(fields[1])
    return parents


@contextmanager
def killed_at_last(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process does not outlive the block, whatever happens in it."""
    guard = threading.Timer(TIMEOUT, process.kill)
    guard.start()
    try:
        yield process
    finally:
        guard.cancel()
        if process.poll() is None:
            process.kill()
        process.communicate()
