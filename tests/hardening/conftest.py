"""Labs whose releases were built by the double of tests/crash, made once for all workers."""

from __future__ import annotations

import pytest
from tests.crash.scenarios import Shelf
from tests.e2e.stages import Stages


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(Stages.shared(tmp_path_factory))
