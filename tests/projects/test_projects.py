"""Every kind of project, taken deploy -> change -> deploy -> rollback -> forward on real dbt."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.projects import models, names, packages, stateful
from tests.projects.walk import Kind, begin, walk

pytestmark = pytest.mark.e2e

KINDS: dict[str, Kind] = {**names.KINDS, **packages.KINDS, **models.KINDS, **stateful.KINDS}


@pytest.mark.parametrize("name", KINDS)
def test_there_and_back_and_there_again(name: str, tmp_path: Path) -> None:
    walk(begin(KINDS[name], tmp_path), KINDS[name])
