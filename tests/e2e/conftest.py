"""Labs at three stages, each made once for all workers and copied for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.lab import Lab
from tests.e2e.stages import Stages


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    return Stages.shared(tmp_path_factory)


@pytest.fixture
def empty(stages: Stages, tmp_path: Path) -> Lab:
    """A committed project and its source tables; nothing was ever deployed."""
    return stages.empty().copy(tmp_path / "empty")


@pytest.fixture
def first(stages: Stages, tmp_path: Path) -> Lab:
    """r1 is live."""
    return stages.first().copy(tmp_path / "first")


@pytest.fixture
def second(stages: Stages, tmp_path: Path) -> Lab:
    """r2, which changed `gold.sales`, is live; before it was r1."""
    return stages.second().copy(tmp_path / "second")
