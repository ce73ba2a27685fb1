from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres import Database
from tests.postgres_roles.place import Place, opened, placed

from dbt_rewind.engine.workspace import Workspace


@pytest.fixture
def place(
    postgres: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Place]:
    steering = ("GIT_", "DBT_", "REWIND_", "GITHUB_", "GITLAB_", "BUILD_", "PG")
    for name in [name for name in os.environ if name.startswith(steering)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text("[user]\n  name = Ada\n  email = ada@example.com\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    with placed(postgres, tmp_path, capsys) as made:
        monkeypatch.chdir(made.sandbox.folder)
        monkeypatch.setattr(
            Workspace, "open_version", lambda workspace, sha: opened(made, workspace, sha)
        )
        yield made
