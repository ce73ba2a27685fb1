"""The steps of the workflows that `rewind init github` writes, one after another, as a job or a
laptop runs them."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cli.shop import Shop

ENVIRONMENT = {
    "ENVIRONMENT": "prod",
    "VERSION": "",
    "STRATEGY": "data",
    "REASON": "revenue is $(too high); `really`",
}


class Machine:
    """What a job runs on: the commands of its steps, and the files that it gives them."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop, self.folder = shop, folder

    def run(self, workflow: str, sha: str, **more: str) -> list[str]:
        """The names of the steps that were run, each to a good end."""
        text = (self.shop.folder / ".github" / "workflows" / workflow).read_text()
        ran = []
        for job in yaml.safe_load(text)["jobs"].values():
            outputs: dict[str, str] = {}
            for step in job["steps"]:
                if step.get("run", "").startswith("rewind "):
                    self._step(step, {**ENVIRONMENT, "GITHUB_SHA": sha, **more}, outputs)
                    ran.append(step["name"])
        return ran

    def _step(self, step: dict[str, Any], known: dict[str, str], outputs: dict[str, str]) -> None:
        output = self.folder / "output"
        output.write_text("")
        self.shop.patch.setenv("GITHUB_OUTPUT", str(output))
        taken = re.search(r"steps\.\w+\.outputs\.(\w+)", str(step.get("env")))
        given = {"LEFT": outputs[taken[1]]} if taken else {}
        expanded = subprocess.run(
            ["bash", "-c", f"printf '%q ' {step['run']}"],
            env={**known, **given},
            capture_output=True,
            text=True,
            check=True,
        )
        _, *words = shlex.split(expanded.stdout)
        ran = self.shop.run(*words)
        assert ran.status == 0, (step["run"], ran)
        outputs |= dict(line.split("=", 1) for line in output.read_text().splitlines())


@pytest.fixture
def machine(shop: Shop, tmp_path: Path) -> Machine:
    shop.done("init", "github")
    return Machine(shop, tmp_path)


def live(shop: Shop) -> str:
    return shop.run("status", "--env", "prod").out.split()[1]


def test_a_year_of_a_projects_workflows(machine: Machine, shop: Shop) -> None:
    first, second = (shop.sandbox.git("rev-parse", tag).strip() for tag in ("v1.0", "v1.1"))
    assert machine.run("deploy.yml", first) == [
        "What would be built, and can it be undone?",
        "Is everything there that a deploy needs?",
        "Build it aside, test it, make it live",
        "Is what users see whole?",
    ]
    assert live(shop) == "r1"
    machine.run("pr.yml", second)
    assert live(shop) == "r1"
    machine.run("deploy.yml", second)
    assert live(shop) == "r2"
    assert len(machine.run("drill.yml", second)) == 4
    assert live(shop) == "r3"  # the same code, and the drill's own release
    machine.run("rollback.yml", second, VERSION="r1")
    assert live(shop) == "r1"
    machine.run("deploy.yml", first)
    assert live(shop) == "r1"
    assert "revenue is $(too high" in shop.run("status", "--env", "prod").out
