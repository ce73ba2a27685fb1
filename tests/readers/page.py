"""The figures of the readers on their page, between two markers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "readers.json"
PAGE = ROOT / "docs" / "explanation" / "readers.md"

QUIET, OURS = "nobody publishes", "dbt-rewind"
BEGIN, END = "<!-- readers -->", "<!-- /readers -->"


def rewrite(results: Mapping[str, Any]) -> None:
    """Puts the figures on the page."""
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8"), text(results)), encoding="utf-8")


def page_with(page: str, figures: str) -> str:
    """The page with `figures` between its markers. Raises ValueError where it has none."""
    if BEGIN not in page or END not in page:
        raise ValueError(f"{PAGE.name} has no markers")
    return re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{figures}{END}", page, flags=re.DOTALL)


def text(results: Mapping[str, Any]) -> str:
    """The result in Markdown."""
    machine = results["machine"]
    named = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    lines = [
        f"Measured on {results['date']} in one run, {results['seconds']:.0f} seconds or more each"
        " (the first row: a quarter of that):"
        f" {machine['cores']} cores ({machine['processor']}), {machine['system']}; {named}.",
        "",
        "| while this publishes | publishes | a publish takes | reads | mixtures | errors"
        " | held up, p50 | p99 | longest |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, side in results["sides"].items():
        takes = f"{side['publish_p50']:.2g} s" if side["publishes"] else "-"
        lines.append(
            f"| {name} | {side['publishes']:,} | {takes} | {side['reads']:,}"
            f" | {side['mixtures']:,} | {side['errors']:,}"
            f" | {_milliseconds(side['p50'])} | {_milliseconds(side['p99'])}"
            f" | {_milliseconds(side['max'])} |"
        )
    return "\n".join(lines) + "\n"


def _milliseconds(seconds: float) -> str:
    milliseconds = seconds * 1000
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:,.0f} ms"
