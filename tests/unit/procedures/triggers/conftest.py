from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.git.sandbox import Sandbox, new_repository


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A repository in a folder of its own."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    return new_repository(tmp_path / "repository")
