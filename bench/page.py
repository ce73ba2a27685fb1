"""The figures in the documentation, between two markers that a rerun writes between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.picture import short

Results = Mapping[str, Any]
Row = Sequence[str]

LONG_PAGE = Path("docs/explanation/performance.md")
README = Path("README.md")


def rewrite_pages(root: Path, results: Results) -> None:
    """Puts the figures into both pages."""
    for page, text in ((LONG_PAGE, long_text(results)), (README, short_text(results))):
        path = root / page
        path.write_text(replaced(path.read_text(encoding="utf-8"), text), encoding="utf-8")


def replaced(page: str, text: str, marker: str = "bench") -> str:
    """The page with `text` between its markers. Raises ValueError where it has none."""
    begin, end = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    parts = re.split(rf"(?<={begin}\n)(?:.*?)(?={end})", page, flags=re.DOTALL)
    if len(parts) != 2:
        raise ValueError(f"the page needs one pair of markers: {begin} {end}")
    return text.join(parts)


def short_text(results: Results) -> str:
    """One row a number of models, at the least data: what README says."""
    least = min(cell["data"] for cell in results["cells"])
    rows = [
        (f"{cell['models']:,}", *_back(cell)) for cell in results["cells"] if cell["data"] == least
    ]
    return table(("models", "`rewind rollback`", "written procedure", "SQLMesh"), rows)


def long_text(results: Results) -> str:
    """All tables: the ways back, what a deploy costs, the publish, the bars."""
    return "\n".join(_sections(results))


def _sections(results: Results) -> Iterator[str]:
    machine, versions = results["machine"], results["versions"]
    named = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    yield (
        f"Measured on {results['date']} in one run of {results['minutes']:g} minutes:"
        f" {machine['cores']} cores ({machine['processor']}), {machine['memory_gigabytes']} GB,"
        f" {machine['system']}, Python {machine['python']}; {named}.\n"
    )
    yield "Seconds from process start to exit, medians, and how often ours fits into the other:\n"
    heading: Row
    heading = ("models", "data", "source rows", "`rewind rollback`", "written procedure", "SQLMesh")
    yield table(heading, [(*_size(cell), *_back(cell)) for cell in results["cells"]])
    for gap in results["missing"]:
        size = f"{gap['models']:,} models, data {gap['data']}x"
        yield f"Not measured: {gap['part']} at {size}: {gap['reason']}.\n"
    yield "A deploy that builds every model beside a plain `dbt build`, and the floor:\n"
    heading = (
        *("models", "data", "`rewind deploy`", "`dbt build`, fresh", "more"),
        *("`dbt build` in place", "more", "floor of a rollback"),
    )
    yield table(heading, [_deploy_row(cell) for cell in results["cells"]])
    yield from _publish(results["publish"])
    yield "The bars, as this run met them:\n"
    yield table(("bar", "measured", "met"), [_bar_row(*bar) for bar in bars(results)])


def bars(results: Results) -> Iterator[tuple[str, float, float, str]]:
    """Each bar that the run has figures for: its words, the figure, the limit, and which side of
    the limit is the good one (`most` or `least`)."""
    cells = {(cell["models"], cell["data"]): cell for cell in results["cells"]}
    for models, limit in ((10, 0.6), (1000, 1.2)):
        slowest = [c["rollback"]["median"] for key, c in cells.items() if key[0] == models]
        if slowest:
            words = f"seconds of a rollback at {models:,} models"
            yield words, max(slowest), limit, "most"
    for models in sorted({models for models, _ in cells}):
        of_models = [c for key, c in sorted(cells.items()) if key[0] == models]
        if len(of_models) > 1:
            growth = of_models[-1]["rollback"]["median"] / of_models[0]["rollback"]["median"]
            times = of_models[-1]["data"] // of_models[0]["data"]
            yield (
                f"times as long with {times} times the data at {models:,} models",
                growth,
                1.1,
                "most",
            )
    for models, side, words, limit in (
        (10, "procedure", "the written procedure", 20),
        (10, "sqlmesh", "SQLMesh", 12),
        (1000, "procedure", "the written procedure", 100),
    ):
        ratios = [
            _ratio(cell, side) for key, cell in cells.items() if key[0] == models and cell[side]
        ]
        if ratios:
            yield f"times faster than {words} at {models:,} models", min(ratios), limit, "least"
    for (models, data), cell in sorted(cells.items()):
        words = f"times as long as a fresh `dbt build`, a deploy of {models:,} models, data {data}x"
        yield words, _overhead(cell, "dbt_build"), 1.1, "most"
    publish = results["publish"]
    words = f"times as long as the bare SQL, publishing {publish['pointers']:,} pointers"
    yield words, publish["publish"]["median"] / publish["bare"]["median"], 1.5, "most"


def _bar_row(words: str, figure: float, limit: float, good: str) -> Row:
    met = figure <= limit if good == "most" else figure >= limit
    return f"{words}: at {good} {limit:g}", f"{figure:.3g}", "yes" if met else "**no**"


def _size(cell: Mapping[str, Any]) -> Row:
    return f"{cell['models']:,}", f"{cell['data']}x", f"{cell['source_rows']:,}"


def _back(cell: Mapping[str, Any]) -> Row:
    others = [
        f"{short(cell[side]['median'])} s ({_ratio(cell, side):.0f} times)" if cell[side] else "-"
        for side in ("procedure", "sqlmesh")
    ]
    return (f"{short(cell['rollback']['median'])} s", *others)


def _deploy_row(cell: Mapping[str, Any]) -> Row:
    in_place: Row = ("-", "-")
    if cell["dbt_build_in_place"]:
        in_place = (
            f"{cell['dbt_build_in_place']['median']:.1f} s",
            f"{(_overhead(cell, 'dbt_build_in_place') - 1) * 100:+.0f} %",
        )
    return (
        f"{cell['models']:,}",
        f"{cell['data']}x",
        f"{cell['deploy']['median']:.1f} s",
        f"{cell['dbt_build']['median']:.1f} s",
        f"{(_overhead(cell, 'dbt_build') - 1) * 100:+.0f} %",
        *in_place,
        f"{cell['floor']['median']:.2f} s",
    )


def _publish(publish: Mapping[str, Any]) -> Iterator[str]:
    ours, bare = publish["publish"]["median"], publish["bare"]["median"]
    yield (
        f"A publish of {publish['pointers']:,} pointers, checks and event included, takes"
        f" {ours:.2f} s; the bare SQL that re-creates as many views takes {bare:.2f} s.\n"
    )


def _ratio(cell: Mapping[str, Any], side: str) -> float:
    return float(cell[side]["median"] / cell["rollback"]["median"])


def _overhead(cell: Mapping[str, Any], beside: str) -> float:
    return float(cell["deploy"]["median"] / cell[beside]["median"])


def table(heading: Row, rows: Sequence[Row]) -> str:
    """A table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
