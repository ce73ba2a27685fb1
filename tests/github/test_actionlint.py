"""actionlint finds nothing in the workflows, and would find something."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.github.actionlint import HOW, complaints, fetched
from tests.github.workflows import ROOT, texts

BAD = """\
on: push
jobs:
  it:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ github.event.pull_request.title }}
      - run: echo ${{ githb.sha }}
"""


@pytest.fixture(scope="module")
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = getattr(request.config, "cache", None)
    folder = cache.mkdir("actionlint") if cache else tmp_path_factory.mktemp("actionlint")
    found = fetched(folder)
    if found is None:
        pytest.skip(HOW)
    return found


def test_the_workflows(program: Path, tmp_path: Path) -> None:
    files = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    for name, text in texts().items():
        files.append(tmp_path / name)
        files[-1].write_text(text)
    assert complaints(program, *files) == []


def test_a_bad_one(program: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text(BAD)
    found = complaints(program, tmp_path / "bad.yml")
    assert {each["line"] for each in found} == {6, 7}
