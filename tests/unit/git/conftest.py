from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.unit.git.sandbox import Sandbox, new_repository


@pytest.fixture(autouse=True)
def _own_git_identity(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name, value in {
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
        "GIT_AUTHOR_DATE": "2024-03-01T12:00:00+02:00",
        "GIT_COMMITTER_DATE": "2024-03-01T12:00:00+02:00",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A repository with one commit: `a.sql` and `dbt/models/b.sql`."""
    # Made once and copied: git needs longer for a commit than most tests here run.
    original = tmp_path_factory.getbasetemp() / "original repository"
    if not original.exists():
        made = new_repository(original)
        made.write("a.sql", "select 1\n")
        made.write("dbt/models/b.sql", "select 2\n")
        made.commit("First")
    return Sandbox(shutil.copytree(original, tmp_path / "repository"))


@pytest.fixture
def shallow(sandbox: Sandbox, tmp_path: Path) -> Sandbox:
    """A clone of three commits and a tag on the first, of which it has only the last."""
    sandbox.git("tag", "v1")
    sandbox.commit("Second")
    sandbox.commit("Third")
    sandbox.git("clone", "-q", "--depth=1", sandbox.folder.as_uri(), str(tmp_path / "shallow"))
    return Sandbox(tmp_path / "shallow")
