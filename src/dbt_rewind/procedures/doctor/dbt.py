"""What is checked of dbt: the Python that has it, its version, its adapter's version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from packaging.version import InvalidVersion, Version

from dbt_rewind.config.project import read_flags
from dbt_rewind.dbt.environment import find_python, is_installed
from dbt_rewind.dbt.session import OLDEST_DBT
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import RewindError
from dbt_rewind.model import Finding, Health
from dbt_rewind.procedures.doctor.dbt_sqlserver import promise
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

SQLSERVER: Final = "dbt-sqlserver"
"""The one adapter whose versions differ in what a failed model leaves."""


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
        flags = read_flags(workspace.project.folder)
        return _judged(python, answer["python"], answer["found"], adapter, flags)
    except (OSError, ValueError, LookupError) as error:
        fix = "correct `dbt.python` in rewind.yml"
        return Finding("dbt", Health.PROBLEM, f"{python} cannot be asked: {error}", fix)


def _judged(
    python: str,
    its_version: str,
    found: Mapping[str, str],
    adapter: str,
    flags: Mapping[str, Any],
) -> Finding:
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
    if adapter == SQLSERVER:
        promised = promise(_version(of_adapter), flags)
        health = Health.OK if promised.is_whole else Health.WARNING
        return Finding("dbt", health, f"{words}, which {promised.found}", promised.fix)
    return Finding("dbt", Health.OK, words)


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")
