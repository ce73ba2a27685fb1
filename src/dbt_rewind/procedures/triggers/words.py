"""Figures in words, the same wherever triggers tell them."""

from __future__ import annotations


def in_rows(number: float) -> str:
    """`1 row`, `1,234 rows`."""
    return f"{number:,.0f} {'row' if number == 1 else 'rows'}"


def in_tables(number: int) -> str:
    """`1 table`, `12 tables`."""
    return f"{number:,} {'table' if number == 1 else 'tables'}"
