"""Every page: its links lead somewhere, and it tells nothing of any machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, Page, pages

PAGES = pages()
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "artifactory", "nexus/", "index-url = ")
_HOMES = re.compile(r"/(?:home|Users|root|tmp|work)/\w")


def ids(page: Page) -> str:
    return page.name


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_link_leads_somewhere(page: Page) -> None:
    for link in _LINK.findall(page.prose):
        if link.startswith(("https://", "mailto:")):
            continue
        target, _, anchor = link.partition("#")
        file = (page.path.parent / target).resolve() if target else page.path
        assert file.exists(), link
        assert file.is_relative_to(ROOT), link
        if anchor:
            assert anchor in Page(file).anchors, link


def shipped() -> list[Path]:
    """What users read that is no code."""
    more = (
        "pyproject.toml",
        "requirements.lock",
        "Makefile",
        "docs/images/demo.svg",
        "docs/images/benchmark.svg",
        "bench/results.json",
        "bench/requirements-sqlmesh.txt",
    )
    return [*(page.path for page in PAGES), *(ROOT / name for name in more)]


@pytest.mark.parametrize("file", shipped(), ids=lambda file: file.name)
def test_no_file_names_an_index_or_a_machines_folder(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not [host for host in _HOSTS if host in text]
    assert _HOMES.findall(text) == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_page_has_one_title(page: Page) -> None:
    titles = re.findall(r"^# .+$", page.prose, re.MULTILINE)
    assert len(titles) == (0 if "changelog" in page.path.parts else 1)


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_outputs_fit_a_terminal(page: Page) -> None:
    for block in page.blocks:
        assert [line for line in block.splitlines() if len(line) > 110] == []


def test_every_page_of_the_documentation_is_in_the_index() -> None:
    index = Page(ROOT / "docs" / "index.md")
    linked = {(index.path.parent / link).resolve() for link in _LINK.findall(index.prose)}
    below = {page.path for page in PAGES if page.path.is_relative_to(ROOT / "docs")}
    assert below - {index.path} <= linked


@pytest.mark.parametrize("name", ["demo.svg", "benchmark.svg"])
def test_no_picture_fetches_anything(name: str) -> None:
    text = (ROOT / "docs" / "images" / name).read_text(encoding="utf-8")
    addresses = set(re.findall(r"[a-z]+://[^\"'\s)<]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert "@font-face" not in text
    assert "@import" not in text
