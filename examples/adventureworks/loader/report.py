"""What a load did, and how it ends where it cannot."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass


class LoadError(Exception):
    """Something the caller can put right; the message is one line."""


@dataclass(frozen=True)
class TableReport:
    """What was loaded into one table, and what was not as it should be."""

    name: str
    rows: int
    filled: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadReport:
    """What one call of load() did."""

    place: str
    origin: str
    seconds: float
    tables: tuple[TableReport, ...]

    def rows(self, table: str) -> int:
        """Return the number of rows of one table, such as ``sales.customer``."""
        return next(t.rows for t in self.tables if t.name.lower() == table.lower())

    def text(self) -> str:
        """Return the report as plain text, 80 columns wide."""
        lines = [f"{'table':<34}{'rows':>14}"]
        for table in self.tables:
            lines.append(f"{table.name:<34}{table.rows:>14,}")
            for label, notes in (
                ("filled in", table.filled),
                ("repaired", table.repaired),
                ("orphans", table.orphans),
            ):
                for note in notes:
                    lines += textwrap.wrap(
                        f"{label}: {note}", 80, initial_indent="  ", subsequent_indent="    "
                    )
        last = f"{self.origin} -> {self.place} in {self.seconds:.1f} s"
        return "\n".join([*lines, *textwrap.wrap(last, 80, subsequent_indent="  ")])
