"""What is checked on the way to an environment: git, rewind.yml, the dbt project, its profile."""

from __future__ import annotations

from pathlib import Path

from dbt_rewind.config.environment import choose_environment
from dbt_rewind.config.load import find_config, load_config
from dbt_rewind.config.project import read_project
from dbt_rewind.engine.workspace import Workspace, open_workspace
from dbt_rewind.errors import RewindError
from dbt_rewind.git.repository import Repository
from dbt_rewind.model import Finding, Health
from dbt_rewind.procedures.doctor.findings import not_checked, refused
from dbt_rewind.procedures.doctor.machine import check_clone, check_python, git_version

WAY = ("git", "rewind.yml", "clone", "environment", "dbt project", "profile")
"""The checks in order; each needs those before it."""


def look_on_the_way(start: Path, name: str | None) -> tuple[tuple[Finding, ...], Workspace | None]:
    """The findings up to the profile, and the workspace; None where one of them is a problem that
    nothing further can be reached through."""
    found = [check_python()]
    at = iter(WAY)
    now = next(at)
    try:
        found.append(Finding(now, Health.OK, git_version(start)))
        now = next(at)
        path = find_config(start)
        config = load_config(path)
        found.append(Finding(now, Health.OK, str(path)))
        now = next(at)
        repository = Repository.open(path.parent)
        found.append(check_clone(repository))
        now = next(at)
        chosen, environment = choose_environment(config, name, repository.branch())
        found.append(Finding(now, Health.OK, f"{chosen}, the target {environment.target!r} of dbt"))
        now = next(at)
        project = read_project(path.parent / config.project, environment.vars)
        found.append(Finding(now, Health.OK, f"{project.name} in {project.folder}"))
        now = next(at)
        workspace = open_workspace(start, name)
        profile = workspace.profile
        words = f"{profile.name}.{profile.target} ({profile.adapter}) in {profile.file}"
        found.append(Finding(now, Health.OK, words))
    except RewindError as error:
        after = tuple(at)
        return (*found, refused(now, error), *not_checked(after, f"needs `{now}`")), None
    return tuple(found), workspace
