from __future__ import annotations

from pathlib import Path

import pytest
from tests.git_plans.lab import Lab, new_lab
from tests.unit.git.conftest import _own_git_identity

__all__ = ["_own_git_identity"]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A clone and its bare remote, with one commit on main that is good."""
    return new_lab(tmp_path)
