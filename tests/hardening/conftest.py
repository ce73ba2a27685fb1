"""Labs whose releases were built by the double of tests/crash, made once for all workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.crash.double import opening
from tests.crash.scenarios import Shelf
from tests.e2e.stages import Stages
from tests.hardening.place import Place, told

from dbt_rewind.engine.workspace import Workspace


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(Stages.shared(tmp_path_factory))


@pytest.fixture
def place(
    shelf: Shelf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Place:
    lab = told(shelf).copy(tmp_path / "place")
    wanted = lab.environment({})
    for name in set(os.environ) - set(wanted):
        monkeypatch.delenv(name)
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(lab.repository)
    monkeypatch.setattr(Workspace, "open_version", opening(lambda instant: None))
    return Place(lab, capsys)
