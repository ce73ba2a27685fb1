"""Architecture, decisions, contributing and changelog agree with what is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, Page, codes, pages, rows

ARCHITECTURE = Page(ROOT / "ARCHITECTURE.md")
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
FRAGMENTS = sorted((ROOT / "changelog" / "unreleased").glob("*.md"))
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
PARTS = ["Status", "Context", "Decision", "Consequences"]


@cache
def functions(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_invariant_names_tests_that_exist() -> None:
    found = [row for row in rows(ARCHITECTURE.section("Invariants")) if row[0].isdigit()]
    assert [int(row[0]) for row in found] == list(range(1, 11))
    for number, _, tests in found:
        named = codes(tests)
        assert named, f"no test guards invariant {number}"
        for each in named:
            file, _, function = each.partition("::")
            assert (ROOT / file).is_file(), each
            assert function in functions(ROOT / file), each


def test_the_layers_are_the_packages() -> None:
    named = {name for row in rows(ARCHITECTURE.section("Layers")) for name in codes(row[0])}
    source = ROOT / "src" / "dbt_rewind"
    packages = {file.parent.name for file in source.glob("*/__init__.py")}
    modules = {file.stem for file in source.glob("*.py") if not file.stem.startswith("_")}
    assert named == packages | modules


def test_the_guarantees_are_the_invariants() -> None:
    text = (ROOT / "docs" / "explanation" / "guarantees.md").read_text(encoding="utf-8")
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, 11))


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_every_decision_has_its_parts(path: Path) -> None:
    page = Page(path)
    assert list(page.headings) == PARTS
    assert page.text.startswith(f"# {path.stem[:4]}: ")
    assert all(page.section(part).strip() for part in PARTS)


def test_decisions_are_numbered() -> None:
    assert [int(path.stem[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))


def targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z]+):", text, re.MULTILINE))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_make_target_is_in_the_makefile(page: Page) -> None:
    spans = [*codes(page.prose), *(line for block in page.blocks for line in block.splitlines())]
    named = {match[1] for span in spans if (match := re.match(r"make ([a-z]+)", span))}
    assert named <= targets()


def test_contributing_names_every_target() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert {name for name in targets() if f"make {name}" not in text} == set()


def test_contributing_names_every_group_of_tests() -> None:
    section = Page(ROOT / "CONTRIBUTING.md").section("Two commands")
    named = {codes(row[0])[0].rstrip("/") for row in rows(section)}
    there = {file.parent.relative_to(ROOT / "tests").parts[0]
             for file in (ROOT / "tests").rglob("test_*.py")
             if file.parent != ROOT / "tests"}  # fmt: skip
    assert there <= named


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.stem)
def test_every_fragment_follows_the_template(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head, blank, *rest = text.splitlines()
    kind, _, title = head.partition(": ")
    assert kind in KINDS
    assert title
    assert not title.endswith(".")
    assert blank == ""
    assert len("\n".join(rest).strip().split("\n\n")) == 2, "a problem, then a behaviour"


def test_the_changelog_is_made_of_the_fragments() -> None:
    changelog = Page(ROOT / "CHANGELOG.md").section("Unreleased")
    entries = re.findall(r"^- (.+)\.$", changelog, re.MULTILINE)
    titles = [path.read_text().splitlines()[0].partition(": ")[2] for path in FRAGMENTS]
    assert sorted(entries) == sorted(titles)
