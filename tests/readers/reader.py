"""One reader: asks PostgreSQL for pairs of models that must agree, again and again.

Run as a script; its argument is JSON (`Task`). It says `ready` when it is connected, begins at the
first line of standard input, and at its end says, as JSON, what it has seen (`Seen`). Every model
has rows with the columns `id` and `release`, and all show the same release or a reader has seen a
mixture.
"""

from __future__ import annotations

import json
import random
import select
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.sql import Composed

READ_COMMITTED = "READ COMMITTED"
REPEATABLE_READ = "REPEATABLE READ"


class Reader:
    """`models` are relations as schema and name, `views` what people have built on them: as the
    models, with the columns `one` and `other`. `kinds` are the ways to read, all where there are
    none. `pause` is the time between two reads, and `hold`
    how long a transaction stays open between its statements, both in seconds."""

    def __init__(self, task: dict[str, Any]) -> None:
        self.task = task
        self.models = [sql.Identifier(*name) for name in task["models"]]
        self.views = [sql.Identifier(*name) for name in task["views"]]
        self.chance = random.Random(task["seed"])
        self.connection = self.connected()
        self.reads: Counter[str] = Counter()
        self.mixtures: list[dict[str, Any]] = []
        self.errors: Counter[str] = Counter()
        self.waits: list[float] = []
        self.worst = 0.0
        self.worst_at = 0.0

    def connected(self) -> psycopg.Connection[Any]:
        settings = self.task["settings"]
        return psycopg.connect(
            **{name: settings[name] for name in ("host", "port", "user", "password", "dbname")},
            application_name="reader",
            autocommit=True,
        )

    @property
    def kinds(self) -> dict[str, Callable[[], set[int | None]]]:
        """The ways to read. Each returns the releases that it was shown: exactly one, unless it was
        shown a mixture; None: a model was empty."""
        return {
            "pair": self.pair,
            "join": self.join,
            READ_COMMITTED: lambda: self.transaction(READ_COMMITTED),
            REPEATABLE_READ: lambda: self.transaction(REPEATABLE_READ),
            **({"view": self.view} if self.views else {}),
        }

    def read(self) -> None:
        """Reads once in one of the ways, and keeps what was seen."""
        kind = self.chance.choice(self.task["kinds"] or list(self.kinds))
        try:
            releases = self.kinds[kind]()
        except psycopg.Error as error:
            self.errors[f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"] += 1
            if self.connection.closed:
                self.connection = self.connected()
            return
        self.reads[kind] += 1
        if len(releases) != 1 or None in releases:
            shown = sorted(releases, key=str)
            self.mixtures.append({"kind": kind, "releases": shown, "at": time.time()})

    def pair(self) -> set[int | None]:
        one, other = self.chance.sample(self.models, 2)
        query = "SELECT (SELECT max(release) FROM {}), (SELECT min(release) FROM {})"
        return {each for row in self.rows(query, one, other) for each in row}

    def join(self) -> set[int | None]:
        chosen = self.chance.sample(self.models, 3)
        query = (
            "SELECT a.release, b.release, c.release FROM {} AS a"
            " JOIN {} AS b ON b.id = a.id JOIN {} AS c ON c.id = a.id"
        )
        return {each for row in self.rows(query, *chosen) for each in row}

    def view(self) -> set[int | None]:
        query = "SELECT one, other FROM {}"
        return {each for row in self.rows(query, self.chance.choice(self.views)) for each in row}

    def transaction(self, isolation: str) -> set[int | None]:
        """Three statements of one transaction, with time between them."""
        seen: set[int | None] = set()
        with self.begun(isolation):
            for model in self.chance.sample(self.models, 3):
                seen |= {
                    each for row in self.rows("SELECT max(release) FROM {}", model) for each in row
                }
                time.sleep(self.task["hold"])
        return seen

    @contextmanager
    def begun(self, isolation: str) -> Iterator[None]:
        self.connection.execute(f"BEGIN ISOLATION LEVEL {isolation}".encode())
        try:
            yield
        finally:
            if not self.connection.closed:
                self.connection.execute("COMMIT")

    def rows(self, query: str, *relations: sql.Identifier) -> list[tuple[Any, ...]]:
        """The rows, and their time is kept: what a reader was held up is in it."""
        text: Composed = sql.SQL(query).format(*relations)
        began = time.perf_counter()
        try:
            return self.connection.execute(text).fetchall()
        finally:
            taken = time.perf_counter() - began
            self.waits.append(round(taken, 6))
            if taken > self.worst:
                self.worst, self.worst_at = taken, time.time()

    def seen(self) -> dict[str, Any]:
        return {
            "reads": dict(self.reads),
            "mixtures": self.mixtures,
            "errors": dict(self.errors),
            "waits": self.waits,
            "worst_at": self.worst_at,
        }


def main() -> None:
    reader = Reader(json.loads(sys.argv[1]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    reader.read()
    while not select.select([sys.stdin], [], [], reader.task["pause"])[0]:
        reader.read()
    reader.connection.close()
    sys.stdout.write(json.dumps(reader.seen()))


if __name__ == "__main__":
    main()
