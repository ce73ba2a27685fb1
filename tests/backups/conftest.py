"""Labs on DuckDB and PostgreSQL, whose releases were built by the double of tests/crash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.lab import Lab

ENGINES = ("duckdb", "postgres")


@pytest.fixture(params=ENGINES)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    """An environment with r1 and r2, of which r2 is live."""
    name = "postgres_shelf" if request.param == "postgres" else "shelf"
    lab = request.getfixturevalue(name).stage("two").copy(tmp_path / "lab")
    yield lab
    lab.remove()
