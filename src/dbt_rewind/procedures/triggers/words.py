"""Figures in words, the same in every finding."""

from __future__ import annotations


def in_rows(number: float) -> str:
    """`1 row`, `1,234 rows`."""
    return f"{number:,.0f} {'row' if number == 1 else 'rows'}"
