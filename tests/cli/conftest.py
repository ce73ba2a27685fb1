from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from tests.cli.shop import BEGINNING, PLACE, Shop, first_commits, project_at
from tests.unit.engine.double import opening
from tests.unit.git.sandbox import Sandbox

from dbt_rewind import clock
from dbt_rewind.engine import workspace as workspace_module
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.model import Owner
from dbt_rewind.procedures.doctor import dbt as doctor_dbt
from dbt_rewind.procedures.doctor import opened
from dbt_rewind.warehouse import memory as memory_module
from dbt_rewind.warehouse import memory_store as memory_store_module


@pytest.fixture(autouse=True)
def _nobodys_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    steering = ("GIT_", "DBT_", "REWIND_", "GITHUB_", "GITLAB_", "BUILD_", "XDG_")
    for name in [name for name in os.environ if name.startswith(steering)]:
        monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text("[user]\n  name = Ada\n  email = ada@example.com\n")
    for name, value in {
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "COLUMNS": "80",
        "TERMINAL_WIDTH": "80",
        "NO_COLOR": "1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose path is as long as `PLACE`, because words are wrapped by their length."""
    top = Path("/tmp").resolve()
    folder = top / f"rewind-{uuid4().hex}{uuid4().hex}"[: len(PLACE) - len(str(top)) - 1]
    assert len(str(folder)) == len(PLACE)
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def shop(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Shop:
    """The shop's repository with its commits made and nothing deployed; nobody's clock ticks but
    from command to command."""
    # Made once and copied: git needs longer for a commit than most tests here run.
    original = tmp_path_factory.getbasetemp() / "the shop"
    if not original.exists():
        first_commits(original)
    folder = shutil.copytree(original, place / "shop")
    shop = Shop(Sandbox(folder), capsys, BEGINNING, patch=monkeypatch)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["rewind"])
    monkeypatch.setattr(memory_store_module, "_STORES", {"shop": shop.store})
    monkeypatch.setattr(clock, "now", lambda: shop.at)
    monkeypatch.setattr(time, "perf_counter", shop.tick)
    monkeypatch.setattr(memory_module, "perf_counter", shop.tick)
    monkeypatch.setattr(
        workspace_module,
        "current_owner",
        lambda person, operation: Owner(person, "ci-7", 4242, "then", operation),
    )

    # What differs from machine to machine.
    monkeypatch.setattr(platform, "python_version", lambda: "3.12.4")
    monkeypatch.setattr(opened, "git_version", lambda folder: "2.45.2")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=412 * 10**9))
    monkeypatch.setattr(doctor_dbt, "find_python", lambda *_: "/opt/dbt/bin/python")
    has = {"dbt-core": "1.11.2", "dbt-memory": "1.9.0"}
    monkeypatch.setattr(doctor_dbt, "run", shop.python_says(**has))

    def open_version(workspace: Workspace, sha: str):  # type: ignore[no-untyped-def]
        project = project_at(workspace.repository, sha)
        return opening(shop.store, project, shop.hook, shop.versions)()

    monkeypatch.setattr(Workspace, "open_version", open_version)
    shop.at += timedelta(hours=1)
    return shop
