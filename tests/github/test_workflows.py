"""What `rewind init github` writes: commands that there are, the least permissions, nothing that a
branch or a form could put into a shell line."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.github.workflows import LARGEST, ROOT, reference, texts
from typer.main import get_command

from dbt_rewind.cli.main import command_line
from dbt_rewind.integrations.github_workflows import WORKFLOWS, workflows

TEXTS = texts()

PINNED = re.compile(r"uses: actions/[a-z-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+")

PERMISSIONS = {
    ("deploy.yml", "validate"): {"contents": "read"},
    ("deploy.yml", "deploy"): {"contents": "write", "deployments": "write"},
    ("rollback.yml", "rollback"): {
        "contents": "write",
        "deployments": "write",
        "pull-requests": "write",
    },
    ("drill.yml", "drill"): {"contents": "read"},
    ("pr.yml", "plan"): {"contents": "read", "pull-requests": "write"},
}
"""All that each job may do."""

MORE = {"id-token": "write", "issues": "write"}
"""What jobs that publish may do where rewind.yml asks for it."""


def read(text: str) -> dict[Any, Any]:
    found = yaml.safe_load(text)
    assert isinstance(found, dict)
    return found


def steps(text: str) -> Iterator[dict[str, Any]]:
    for job in read(text)["jobs"].values():
        yield from job["steps"]


@pytest.fixture(params=TEXTS, ids=str)
def text(request: pytest.FixtureRequest) -> str:
    return TEXTS[request.param]


def test_the_schema(tmp_path: Path) -> None:
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.github-workflows", *map(str, tmp_path.iterdir())),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_put_into_shell_lines(text: str) -> None:
    assert all("${{" not in step.get("run", "") for step in steps(text))
    assert "<<" not in text


def test_what_others_wrote_is_pinned(text: str) -> None:
    used = [line.strip().removeprefix("- ") for line in text.splitlines() if "uses:" in line]
    assert used
    assert all(PINNED.fullmatch(line) for line in used)


def test_permissions_are_the_least() -> None:
    for name, text in TEXTS.items():
        project, _, file = name.partition("-")
        workflow = read(text)
        assert workflow["permissions"] == {}
        assert "pull_request_target" not in text
        for job, found in workflow["jobs"].items():
            publishes = job in ("deploy", "rollback", "drill")
            more = MORE if publishes and project == "largest" else {}
            assert found["permissions"] == PERMISSIONS[file, job] | more
    assert {file for file, _ in PERMISSIONS} == set(WORKFLOWS)


def test_nothing_but_the_commands_gets_secrets(text: str) -> None:
    workflow = read(text)
    assert "secrets." not in str(workflow.get("env", {}))
    for job in workflow["jobs"].values():
        assert "secrets." not in str(job.get("env", {}))
        for step in job["steps"]:
            is_ours = step.get("run", "").startswith("rewind ")
            assert is_ours or not re.search(r"secrets\.|github\.token", str(step))


def test_only_a_rollback_may_push() -> None:
    for name, text in TEXTS.items():
        kept = [
            step["with"]["persist-credentials"] for step in steps(text) if "checkout" in str(step)
        ]
        assert set(kept) == {name.endswith("rollback.yml")}


def test_every_step_is_one_command_that_there_is(text: str) -> None:
    """And one that takes what it is given; a job on GitHub and a laptop run the same."""
    commands = get_command(command_line())
    lines = [step["run"] for step in steps(text) if "run" in step]
    lines = [line for line in lines if not line.startswith("python -m pip install ")]
    assert lines
    for line in lines:
        assert "\n" not in line
        program, name, *arguments = shlex.split(filled(line))
        assert program == "rewind"
        context = commands.make_context("rewind", [name, *arguments])
        command = commands.get_command(context, name)  # type: ignore[attr-defined]
        command.make_context(name, arguments)


def filled(line: str) -> str:
    environment = {
        "VERSION": "--to is no option here",
        "STRATEGY": "data",
        "REASON": '--yes; $(echo it\'s) "bad"',
        "ENVIRONMENT": "prod",
        "GITHUB_SHA": "a" * 40,
        "LEFT": "r2",
    }
    done = subprocess.run(
        ["bash", "-c", f"printf '%q ' {line}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_what_the_form_says_stays_one_word() -> None:
    """Whatever somebody writes into it."""
    (line,) = [
        step["run"]
        for step in steps(workflows(LARGEST)["rollback.yml"])
        if step.get("run", "").startswith("rewind rollback")
    ]
    words = shlex.split(filled(line))
    assert words[2] == "--to=--to is no option here"
    assert '--reason=--yes; $(echo it\'s) "bad"' in words


def test_every_job_ends_and_speaks_bash(text: str) -> None:
    workflow = read(text)
    assert workflow["defaults"]["run"]["shell"] == "bash"
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


def test_each_environment_takes_its_turn(text: str) -> None:
    assert read(text)["concurrency"]["group"].startswith("rewind-")


def test_no_rollback_waits_behind_deploys() -> None:
    """Of those that wait in one group, all but the last are cancelled."""
    groups = {
        file: read(text)["concurrency"]["group"].split("${{")[0]
        for file, text in workflows(LARGEST).items()
    }
    assert groups["rollback.yml"] != groups["deploy.yml"]


def test_branches_lead_to_their_environments() -> None:
    workflow = read(workflows(LARGEST)["deploy.yml"])
    assert workflow[True]["push"]["branches"] == ["develop", "release/it's", "main"]
    assert workflow["jobs"]["deploy"]["environment"] == (
        '${{ fromJSON(\'{"develop":"dev","release/it\'\'s":"on","main":"prod"}\')'
        "[github.ref_name] }}"
    )


def test_the_drill_is_held_in_each_quarter() -> None:
    workflow = read(workflows(LARGEST)["drill.yml"])
    assert workflow[True]["schedule"] == [{"cron": "0 6 1 1,4,7,10 *"}]
    assert workflow["jobs"]["drill"]["environment"] == "on"


def test_the_reference_pipeline_has_them(update_golden: bool) -> None:
    folder = ROOT / ".github" / "workflows"
    for name, text in workflows(reference()).items():
        if update_golden:
            (folder / name).write_text(text)
        assert (folder / name).read_text() == text
