"""What is checked of dbt: the Python that has it, its version, its adapter's version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from packaging.version import InvalidVersion, Version

from dbt_rewind.dbt.environment import find_python, is_installed
from dbt_rewind.dbt.session import OLDEST_DBT
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import RewindError
from dbt_rewind.model import Finding, Health
from dbt_rewind.procedures.doctor.findings import refused
from dbt_rewind.process import run

_ASK: Final = """
import importlib.metadata as metadata, json, platform, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps({"python": platform.python_version(), "found": found}))
"""
_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Limit:
    """Below `version`, an adapter does something that its users should know."""

    version: Version
    found: str
    fix: str


LIMITS: Final = {
    "dbt-sqlserver": Limit(
        Version("1.12"),
        "commits every statement by itself, so that a model that fails in its middle leaves what it"
        " had done (in the release that is being built, which nobody sees)",
        "pip install --upgrade dbt-sqlserver",
    )
}


def check_dbt(workspace: Workspace) -> Finding:
    """Which dbt builds, and whether it and its adapter are new enough."""
    try:
        requirements = workspace.requirements_here()
        if requirements is not None and not is_installed(workspace.config.dbt.python, requirements):
            found = f"the first deploy installs {requirements.path.name} into a Python of its own"
            return Finding("dbt", Health.NOT_CHECKED, found)
        python = find_python(workspace.config.dbt.python, requirements)
    except RewindError as error:
        return refused("dbt", error)
    adapter = f"dbt-{workspace.profile.adapter}"
    try:
        done = run([python, "-c", _ASK, "dbt-core", adapter], timeout=_SECONDS)
        answer = json.loads(done.text)
        return _judged(python, answer["python"], answer["found"], adapter)
    except (OSError, ValueError, LookupError) as error:
        fix = "correct `dbt.python` in rewind.yml"
        return Finding("dbt", Health.PROBLEM, f"{python} cannot be asked: {error}", fix)


def _judged(python: str, its_version: str, found: dict[str, str], adapter: str) -> Finding:
    core, of_adapter = found.get("dbt-core"), found.get(adapter)
    if core is None:
        return Finding("dbt", Health.PROBLEM, f"{python} has no dbt", "pip install dbt-core")
    words = f"dbt {core} in {python} (Python {its_version})"
    oldest = ".".join(map(str, OLDEST_DBT))
    if _version(core) < Version(oldest):
        fix = f"upgrade dbt-core to {oldest} or newer"
        return Finding("dbt", Health.PROBLEM, f"{words} is too old", fix)
    if of_adapter is None:
        fix = f"pip install {adapter}, with {python}"
        return Finding("dbt", Health.PROBLEM, f"{words} has no {adapter}", fix)
    words += f", {adapter} {of_adapter}"
    limit = LIMITS.get(adapter)
    if limit is not None and _version(of_adapter) < limit.version:
        return Finding("dbt", Health.WARNING, f"{words}, which {limit.found}", limit.fix)
    return Finding("dbt", Health.OK, words)


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")
