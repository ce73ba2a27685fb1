"""This project's own workflow: well formed, with the least permissions, and with nothing of others.

Those of the reference pipeline are what `rewind init github` writes: tests/github looks at them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WRITTEN = ("deploy.yml", "rollback.yml", "drill.yml", "pr.yml")
WORKFLOWS = [
    file
    for file in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    if file.name not in WRITTEN
]


def read(path: Path) -> dict[Any, Any]:
    found = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in read(path)["jobs"].values():
        yield from job["steps"]


def test_there_are_workflows() -> None:
    assert WORKFLOWS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_schema(path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.github-workflows", str(path)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_is_put_into_shell_lines(path: Path) -> None:
    """What a branch or a pull request is called would be executed."""
    assert all("${{" not in step.get("run", "") for step in steps(path))
    assert "${{" not in str(read(path).get("env", {}))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_action_of_others_runs(path: Path) -> None:
    assert all("uses" not in step for step in steps(path))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_permissions_are_the_least(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow["jobs"].values())
    assert "pull_request_target" not in str(workflow.get(True, workflow.get("on")))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_shell_lines_are_bash(path: Path) -> None:
    lines = [step["run"] for step in steps(path) if "run" in step]
    lines += list(read(path).get("env", {}).values())
    for text in lines:
        done = subprocess.run(
            ["bash", "-n"], input=text, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_job_ends(path: Path) -> None:
    assert all("timeout-minutes" in job for job in read(path)["jobs"].values())
