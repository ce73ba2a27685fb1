"""The documentation as the tests read it: pages, tables, fenced blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return re.sub(r"^```.*?^```$", "", self.text, flags=re.DOTALL | re.MULTILINE)

    @cached_property
    def blocks(self) -> tuple[str, ...]:
        """What stands in fenced blocks."""
        found = re.finditer(r"^```[^\n]*\n(.*?)^```$", self.text, re.DOTALL | re.MULTILINE)
        return tuple(match[1] for match in found)

    @cached_property
    def anchors(self) -> frozenset[str]:
        """What a link into the page may name, as GitHub makes it of headings."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
        return frozenset(heading.replace(" ", "-") for heading in kept)

    def section(self, heading: str) -> str:
        """What stands below a heading of the second level."""
        parts = re.split(r"^## (.+)$", self.prose, flags=re.MULTILINE)
        return dict(zip(parts[1::2], parts[2::2], strict=True))[heading]

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """The headings of the second level."""
        return tuple(re.findall(r"^## (.+)$", self.prose, re.MULTILINE))


def pages() -> tuple[Page, ...]:
    """Every Markdown file of the repository's documentation."""
    folders = (ROOT / "docs", ROOT / "changelog", ROOT / "examples")
    found = [*ROOT.glob("*.md"), *(file for each in folders for file in each.rglob("*.md"))]
    return tuple(Page(file) for file in sorted(found) if "dbt_packages" not in file.parts)


def reference(name: str) -> Page:
    return Page(REFERENCE / f"{name}.md")


def rows(text: str) -> Iterator[tuple[str, ...]]:
    """The cells of every table row, without heads and rules."""
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=False):
        if not line.startswith("|") or set(line) <= set("|-: "):
            continue
        if following.startswith("|") and set(following) <= set("|-: "):
            continue
        yield tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def codes(cell: str) -> tuple[str, ...]:
    """What a cell or paragraph has in backticks."""
    return tuple(_CODE.findall(cell))
