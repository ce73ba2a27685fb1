"""PostgreSQL's figures in the documentation, between two markers of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.page import LONG_PAGE, replaced, table
from bench.picture import short

MARKER = "bench-postgres"


def rewrite_page(root: Path, results: Mapping[str, Any]) -> None:
    """Puts the figures into the page."""
    path = root / LONG_PAGE
    page = path.read_text(encoding="utf-8")
    path.write_text(replaced(page, text(results), MARKER), encoding="utf-8")


def text(results: Mapping[str, Any]) -> str:
    """Both tables."""
    return "\n".join(_sections(results))


def _sections(results: Mapping[str, Any]) -> Iterator[str]:
    machine, versions = results["machine"], results["versions"]
    named = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    yield (
        f"Measured on {results['date']} in one run of {results['minutes']:g} minutes:"
        f" {machine['cores']} cores ({machine['processor']}), {machine['memory_gigabytes']} GB,"
        f" {machine['system']}, Python {machine['python']}; {named}.\n"
    )
    yield "Seconds from process start to exit, and how often ours fits into the other:\n"
    heading = (
        *("models", "source rows", "`rewind rollback`"),
        *("written procedure", "`pg_restore`", "floor of a rollback"),
    )
    yield table(heading, [_back(cell) for cell in results["cells"]])
    for gap in results["missing"]:
        yield f"Not measured: {gap['models']:,} models, data {gap['data']}x: {gap['reason']}.\n"
    yield "What is paid before there is anything to undo:\n"
    heading = (
        *("models", "source rows", "`rewind deploy`"),
        *("`dbt build`, fresh", "more", "`pg_dump`"),
    )
    yield table(heading, [_deploy(cell) for cell in results["cells"]])


def _back(cell: Mapping[str, Any]) -> tuple[str, ...]:
    ours = cell["rollback"]["median"]
    others = [
        f"{short(cell[side]['median'])} s ({_times(cell[side]['median'] / ours)} times)"
        for side in ("procedure", "restore")
    ]
    floor = f"{cell['floor']['median']:.2f} s"
    return (*_size(cell), f"{short(ours)} s", *others, floor)


def _times(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"


def _deploy(cell: Mapping[str, Any]) -> tuple[str, ...]:
    deploy, build = cell["deploy"]["median"], cell["dbt_build"]["median"]
    return (
        *_size(cell),
        f"{deploy:.1f} s",
        f"{build:.1f} s",
        f"{(deploy / build - 1) * 100:+.0f} %",
        f"{short(cell['dump']['median'])} s",
    )


def _size(cell: Mapping[str, Any]) -> tuple[str, str]:
    return f"{cell['models']:,}", f"{cell['source_rows']:,}"
