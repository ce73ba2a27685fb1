"""The figures as a picture: seconds over data, one panel a number of models, both axes by tenfolds.

Plain SVG text, so that a rerun needs nothing installed and its difference can be read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

SIDES = (
    ("rollback", "rewind rollback", "#1d5fd0"),
    ("procedure", "written procedure", "#b4540a"),
    ("sqlmesh", "SQLMesh", "#6b7280"),
)
"""Key in the results, words, colour."""

_WIDTH, _HEIGHT = 960, 400
_TOP, _BOTTOM, _LEFT, _RIGHT, _GAP = 96, 60, 64, 24, 36

Scale = Callable[[float], float]


def picture(results: Mapping[str, Any]) -> str:
    """The SVG's text."""
    cells = results["cells"]
    panels = sorted({cell["models"] for cell in cells})
    width = (_WIDTH - _LEFT - _RIGHT - _GAP * (len(panels) - 1)) / len(panels)
    lowest, highest = _decades([value for cell in cells for value in _medians(cell)])
    height = _scale(lowest, highest, _HEIGHT - _BOTTOM, _TOP)
    parts = [*_frame(results), *_legend()]
    for at, models in enumerate(panels):
        left = _LEFT + at * (width + _GAP)
        shown = [cell for cell in cells if cell["models"] == models]
        parts += _panel(models, shown, left, width, height, range(lowest, highest + 1))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="system-ui, Helvetica, Arial, sans-serif" font-size="13">\n{body}\n</svg>\n'
    )


def _medians(cell: Mapping[str, Any]) -> list[float]:
    return [cell[key]["median"] for key, _, _ in SIDES if cell[key]]


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten around all values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _scale(low: float, high: float, start: float, end: float) -> Scale:
    """Logarithms from `low` to `high` onto pixels from `start` to `end`."""
    return lambda logarithm: start + (logarithm - low) / (high - low) * (end - start)


def _frame(results: Mapping[str, Any]) -> Iterator[str]:
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="#ffffff"/>'
    yield _text(24, 34, "Undoing a bad deploy: seconds from start to exit", size=18, weight=600)
    below = f"Medians of one run on {results['date']}; both axes grow tenfold a step"
    yield _text(_WIDTH - _RIGHT, 34, below, colour="#6b7280", size=12, anchor="end")


def _legend() -> Iterator[str]:
    x = 24.0
    for _, words, colour in SIDES:
        yield f'<circle cx="{x + 5}" cy="58" r="5" fill="{colour}"/>'
        yield _text(x + 16, 62.5, words)
        x += 36 + 7.2 * len(words)


def _panel(
    models: int,
    cells: Sequence[Mapping[str, Any]],
    left: float,
    width: float,
    height: Scale,
    decades: range,
) -> Iterator[str]:
    amounts = sorted(cell["data"] for cell in cells)
    across = _scale(-0.35, max(math.log10(amounts[-1]), 1) + 0.35, left, left + width)
    yield _text(left, _TOP - 10, f"{models:,} models", weight=600)
    for decade in decades:
        y = height(decade)
        yield (
            f'<line x1="{left:.1f}" x2="{left + width:.1f}" y1="{y:.1f}" y2="{y:.1f}" '
            'stroke="#e5e7eb"/>'
        )
        if left == _LEFT:
            yield _text(left - 8, y + 4, f"{10.0**decade:g} s", colour="#6b7280", anchor="end")
    for amount in amounts:
        x = across(math.log10(amount))
        yield _text(x, _HEIGHT - 38, f"{amount}x", colour="#6b7280", anchor="middle")
    middle = left + width / 2
    yield _text(middle, _HEIGHT - 16, "amount of data", colour="#6b7280", anchor="middle")
    for key, _, colour in SIDES:
        points = [(across(math.log10(c["data"])), c[key]["median"]) for c in cells if c[key]]
        if points:
            yield from _line(points, height, colour)


def _line(points: Sequence[tuple[float, float]], height: Scale, colour: str) -> Iterator[str]:
    placed = [(x, height(math.log10(value)), value) for x, value in sorted(points)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in placed)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y, value in placed:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
        yield _text(x, y - 9, short(value), colour=colour, size=12, anchor="middle")


def short(value: float) -> str:
    """Two figures, or all before the point: `0.42`, `8.1`, `137`."""
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _text(
    x: float,
    y: float,
    words: str,
    *,
    colour: str = "#111827",
    size: int = 13,
    weight: int = 400,
    anchor: str = "start",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" '
        f'font-weight="{weight}" text-anchor="{anchor}">{escape(words)}</text>'
    )
