"""What a soak must have tried, and how the page says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

PAGE = "docs/explanation/reliability.md"

Counts = Mapping[str, int]

OPERATIONS = {
    "deploy": ("first deploy", "deploy", "failing deploy", "deploy of an equal commit"),
    "refresh": ("refresh", "stopped refresh"),
    "rollback": ("rollback",),
    "rollback --repair": ("rollback --repair",),
    "adopt": ("adopt",),
    "eject": ("eject",),
    "prune": ("prune",),
    "recover": ("recover", "recover a prune"),
}
"""The scenarios of each operation."""

ROUNDS, SEQUENCES = "rounds", "sequences"

ON_POSTGRES = {
    "PostgreSQL: instants": "our process killed at an instant",
    "PostgreSQL: random": "our process killed at a random moment",
    "PostgreSQL: rounds": "rounds of 20 processes at once",
    "backend killed": "the server's process killed that publishes",
    "postmaster killed": "the whole server killed in the middle of a publish",
    "readers: publishes": "publishes of 100 names before eight readers",
    "readers: reads": "what they read, each time of one release",
}
"""What is tried on PostgreSQL, in words."""


@dataclass(frozen=True)
class Suite:
    """One part of a soak: the tests, the variables that make them count in full, the least number
    of trials of each name, the minutes that it may take, and what it says of the counts."""

    name: str
    tests: tuple[str, ...]
    variables: Mapping[str, str]
    required: Counts
    minutes: int
    table: Callable[[Counts], list[str]]

    @property
    def markers(self) -> tuple[str, str]:
        """Between what its result stands on the page."""
        return f"<!-- soak {self.name} -->", f"<!-- /soak {self.name} -->"

    def text(self, counts: Counts, *, failed: int, day: str, minutes: float) -> str:
        """The result in Markdown."""
        made = f"Failed: {failed}. Made on {day}, in {minutes:.0f} minutes."
        return "\n".join([*self.table(counts), made])

    def page_with(self, page: str, text: str) -> str:
        """The page with `text` between the markers. Raises ValueError where it has none."""
        begin, end = self.markers
        if begin not in page or end not in page:
            raise ValueError(f"{PAGE} has no markers")
        return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL)


def _on_duckdb(counts: Counts) -> list[str]:
    lines = ["| operation | killed at instants | killed at random moments |", "| --- | --- | --- |"]
    for operation, scenarios in OPERATIONS.items():
        at = sum(counts.get(f"{name}: instants", 0) for name in scenarios)
        random = sum(counts.get(f"{name}: random", 0) for name in scenarios)
        lines.append(f"| `{operation}` | {at:,} | {random or '-'} |")
    return [
        *lines,
        "",
        f"{counts.get(ROUNDS, 0)} rounds of 20 processes at once;"
        f" {counts.get(SEQUENCES, 0):,} random sequences of operations.",
    ]


def _on_postgres(counts: Counts) -> list[str]:
    rows = [f"| {words} | {counts.get(name, 0):,} |" for name, words in ON_POSTGRES.items()]
    return ["| on PostgreSQL | times |", "| --- | --- |", *rows, ""]


SUITES = (
    Suite(
        "duckdb",
        (
            "tests/crash",
            "--ignore=tests/crash/test_on_postgres.py",
            "--ignore=tests/crash/test_server_killed.py",
            "tests/unit/engine/test_random_sequences.py",
        ),
        {
            "CRASH_EVERY": "1",
            "CRASH_RANDOM": "200",
            "CRASH_ROUNDS": "50",
            "SEQUENCE_EXAMPLES": "1000",
        },
        {
            **{
                f"{name}: random": 200
                for name in ("deploy", "refresh", "rollback", "adopt", "eject", "prune")
            },
            ROUNDS: 50,
            SEQUENCES: 1000,
        },
        38,
        _on_duckdb,
    ),
    Suite(
        "postgres",
        (
            "tests/crash/test_on_postgres.py",
            "tests/crash/test_server_killed.py",
            "tests/readers/test_readers.py",
        ),
        {
            "CRASH_POSTGRES_EVERY": "1",
            "CRASH_POSTGRES_RANDOM": "50",
            "CRASH_POSTGRES_ROUNDS": "50",
            "CRASH_SERVER": "50",
            "CRASH_POINTERS": "100",
            "READERS_SECONDS": "60",
            "READERS_PUBLISHES": "300",
        },
        {
            "PostgreSQL: instants": 150,
            "PostgreSQL: random": 100,
            "PostgreSQL: rounds": 50,
            "backend killed": 50,
            "postmaster killed": 50,
            "readers: publishes": 300,
            "readers: reads": 10_000,
        },
        30,
        _on_postgres,
    ),
)
