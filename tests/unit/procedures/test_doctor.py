from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dbt_rewind.dbt.environment import Requirements
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import DbtMissing
from dbt_rewind.git.repository import Repository
from dbt_rewind.model import Finding, Health
from dbt_rewind.procedures.doctor import dbt as doctor_dbt
from dbt_rewind.procedures.doctor.dbt import check_dbt
from dbt_rewind.procedures.doctor.findings import verdict
from dbt_rewind.procedures.doctor.machine import check_clone
from dbt_rewind.process import Completed
from dbt_rewind.warehouse.disk import check_disk


def workspace(
    python: str | None = None, adapter: str = "duckdb", requirements: Requirements | None = None
) -> Workspace:
    """As much of one as a check of dbt asks for."""
    config = SimpleNamespace(dbt=SimpleNamespace(python=python))
    profile = SimpleNamespace(adapter=adapter)
    double = SimpleNamespace(
        config=config,
        profile=profile,
        project=SimpleNamespace(folder=Path("/no/project")),
        requirements_here=lambda: requirements,
    )
    return cast("Workspace", double)


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets the Python that has dbt answer."""

    def answer(**found: str) -> None:
        text = json.dumps({"python": "3.12.4", "found": found}).encode()
        monkeypatch.setattr(doctor_dbt, "find_python", lambda *_: "/opt/python")
        monkeypatch.setattr(doctor_dbt, "run", lambda *_, **__: Completed((), 0, text, b""))

    return answer


@pytest.mark.parametrize(
    ("adapter", "found", "health", "words"),
    [
        ("duckdb", {"dbt-core": "1.9.0", "dbt-duckdb": "1.9.1"}, Health.OK, "dbt-duckdb 1.9.1"),
        ("duckdb", {"dbt-core": "1.8.9", "dbt-duckdb": "1.8"}, Health.PROBLEM, "is too old"),
        ("duckdb", {"dbt-core": "1.11.0"}, Health.PROBLEM, "has no dbt-duckdb"),
        ("duckdb", {}, Health.PROBLEM, "/opt/python has no dbt"),
        ("duckdb", {"dbt-core": "odd", "dbt-duckdb": "1"}, Health.PROBLEM, "is too old"),
        (
            "sqlserver",
            {"dbt-core": "1.10.2", "dbt-sqlserver": "1.9.0"},
            Health.WARNING,
            "commits every statement by itself",
        ),
        ("sqlserver", {"dbt-core": "1.12.0", "dbt-sqlserver": "1.12.1"}, Health.OK, "1.12.1"),
    ],
)
def test_dbt(says: Any, adapter: str, found: dict[str, str], health: Health, words: str) -> None:
    says(**found)
    finding = check_dbt(workspace(adapter=adapter))
    assert finding.health is health
    assert words in finding.found
    assert bool(finding.fix) == (health is not Health.OK)


def test_the_dbt_that_is_here() -> None:
    finding = check_dbt(workspace())
    assert finding.health is Health.OK
    assert "dbt-duckdb" in finding.found


def test_no_dbt_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object) -> str:
        raise DbtMissing(("/usr/bin/python",))

    monkeypatch.setattr(doctor_dbt, "find_python", nowhere)
    assert check_dbt(workspace()).health is Health.PROBLEM


def test_a_python_that_is_none(tmp_path: Path) -> None:
    for text in ("#!/bin/sh\necho nonsense\n", "#!/no/such/shell\n"):
        script = tmp_path / "python"
        script.write_text(text)
        script.chmod(0o755)
        finding = check_dbt(workspace(python=str(script)))
        assert finding.health is Health.PROBLEM
        assert "cannot be asked" in finding.found


def test_nothing_is_installed_for_a_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_REWIND_CACHE", str(tmp_path))
    wanted = Requirements(tmp_path / "requirements.txt", b"dbt-core==99.0\n")
    finding = check_dbt(workspace(requirements=wanted))
    assert finding.health is Health.NOT_CHECKED
    assert "the first deploy installs requirements.txt" in finding.found
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("free", "health"),
    [(5 * 10**9, Health.OK), (5 * 10**8, Health.WARNING), (10**6, Health.PROBLEM)],
)
def test_disks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, health: Health) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    finding = check_disk("disk", tmp_path / "not" / "there")
    assert finding.health is health
    assert finding.found.endswith(f"free for {tmp_path}")


def test_a_shallow_clone(tmp_path: Path) -> None:
    (tmp_path / "shallow").touch()
    finding = check_clone(Repository(tmp_path, tmp_path))
    assert finding.health is Health.WARNING
    assert "--unshallow" in finding.fix


@pytest.mark.parametrize(
    ("healths", "worst"),
    [
        ((), Health.OK),
        ((Health.OK, Health.NOT_CHECKED), Health.OK),
        ((Health.OK, Health.WARNING, Health.NOT_CHECKED), Health.WARNING),
        ((Health.WARNING, Health.PROBLEM), Health.PROBLEM),
    ],
)
def test_the_verdict_is_the_worst(healths: tuple[Health, ...], worst: Health) -> None:
    assert verdict([Finding("a", health, "b") for health in healths]) is worst
