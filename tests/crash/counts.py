"""What a soak must have tried, and how the page says it."""

from __future__ import annotations

import re
from collections.abc import Mapping

PAGE = "docs/explanation/reliability.md"
BEGIN, END = "<!-- soak -->", "<!-- /soak -->"

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
REQUIRED: Counts = {
    **{
        f"{name}: random": 200
        for name in ("deploy", "refresh", "rollback", "adopt", "eject", "prune")
    },
    ROUNDS: 50,
    SEQUENCES: 1000,
}
"""The least number of trials of each name."""


def table(counts: Counts, *, failed: int, day: str, minutes: float) -> str:
    """The result in Markdown."""
    lines = ["| operation | killed at instants | killed at random moments |", "| --- | --- | --- |"]
    for operation, scenarios in OPERATIONS.items():
        at = sum(counts.get(f"{name}: instants", 0) for name in scenarios)
        random = sum(counts.get(f"{name}: random", 0) for name in scenarios)
        lines.append(f"| `{operation}` | {at:,} | {random or '-'} |")
    lines += [
        "",
        f"{counts.get(ROUNDS, 0)} rounds of 20 processes at once;"
        f" {counts.get(SEQUENCES, 0):,} random sequences of operations.",
        f"Failed: {failed}. Made on {day}, in {minutes:.0f} minutes.",
    ]
    return "\n".join(lines)


def page_with(page: str, text: str) -> str:
    """The page with `text` between its markers. Raises ValueError where it has none."""
    if BEGIN not in page or END not in page:
        raise ValueError(f"{PAGE} has no markers")
    return re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{text}\n{END}", page, flags=re.DOTALL)
