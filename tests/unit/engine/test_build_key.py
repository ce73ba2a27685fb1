"""The build key: equal where a build would make the same, and only there."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from tests.unit.git.sandbox import Sandbox, new_repository

from dbt_rewind.engine import build_key as build_key_module
from dbt_rewind.engine.build_key import build_key

PROJECT = PurePosixPath("dbt")


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    sandbox = new_repository(tmp_path / "repository")
    sandbox.write("dbt/dbt_project.yml", "name: shop\n")
    sandbox.write("dbt/models/orders.sql", "select 1\n")
    sandbox.commit("First")
    return sandbox


def key(sandbox: Sandbox, ref: str = "HEAD", **other: Any) -> str:
    arguments: dict[str, Any] = {
        "project": PROJECT,
        "requirements": None,
        "target": "prod",
        "variables": {},
        **other,
    }
    repository = sandbox.open()
    return build_key(repository, repository.resolve(ref), **arguments)


def test_a_revert_has_the_key_of_what_it_returns_to(sandbox: Sandbox) -> None:
    first = key(sandbox)
    sandbox.write("dbt/models/orders.sql", "select 2\n")
    sandbox.commit("Change")
    changed = key(sandbox)
    sandbox.git("revert", "--no-edit", "HEAD")
    assert key(sandbox) == first
    assert changed != first
    assert key(sandbox, "HEAD~1") == changed


@pytest.mark.parametrize(
    "file",
    ["dbt/models/new.sql", "dbt/dbt_project.yml", "dbt/models/orders.sql", "dbt/packages.yml"],
)
def test_any_file_of_the_project_counts(sandbox: Sandbox, file: str) -> None:
    first = key(sandbox)
    sandbox.write(file, "packages: []\n")
    sandbox.commit("Change")
    assert key(sandbox) != first


@pytest.mark.parametrize("file", ["README.md", "airflow/dag.py", "dbt2/models/orders.sql"])
def test_files_beside_the_project_do_not(sandbox: Sandbox, file: str) -> None:
    first = key(sandbox)
    sandbox.write(file)
    sandbox.commit("Change")
    assert key(sandbox) == first


@pytest.mark.parametrize(
    "packages",
    ["packages:\n  - local: ../shared\n", "packages:\n  - {local: ../shared}\n"],
)
@pytest.mark.parametrize("file", ["dbt/packages.yml", "dbt/dependencies.yml"])
def test_with_a_local_package_the_whole_repository_counts(
    sandbox: Sandbox, file: str, packages: str
) -> None:
    sandbox.write(file, packages)
    sandbox.commit("Use a package beside the project")
    first = key(sandbox)
    sandbox.write("shared/macros/m.sql")
    sandbox.commit("Change the package")
    assert key(sandbox) != first


def test_with_a_folder_beside_the_project_the_whole_repository_counts(sandbox: Sandbox) -> None:
    sandbox.write("dbt/dbt_project.yml", "name: shop\nmacro-paths: [macros, ../macros]\n")
    sandbox.commit("Use macros beside the project")
    first = key(sandbox)
    sandbox.write("macros/m.sql")
    sandbox.commit("Change them")
    assert key(sandbox) != first


def test_of_a_project_whose_files_git_does_not_name_the_whole_repository_counts(
    sandbox: Sandbox,
) -> None:
    """As it is with a project in a submodule, of which git knows no more than a commit."""
    sandbox.git("rm", "-r", "-q", "dbt")
    sandbox.commit("Move the project into a submodule")
    first = key(sandbox)
    sandbox.write("dbt.commit", "another")
    sandbox.commit("Move the submodule")
    assert key(sandbox) != first


@pytest.mark.parametrize("file", ["requirements.txt", "dbt/requirements.txt"])
def test_requirements_count_wherever_they_are_looked_for(sandbox: Sandbox, file: str) -> None:
    first = key(sandbox)
    sandbox.write(file, "dbt-duckdb==1.9\n")
    sandbox.commit("Pin")
    pinned = key(sandbox)
    sandbox.write(file, "dbt-duckdb==1.10\n")
    sandbox.commit("Upgrade")
    assert len({first, pinned, key(sandbox)}) == 3


def test_requirements_that_are_not_used_do_not_count(sandbox: Sandbox) -> None:
    first = key(sandbox, requirements=False)
    named = key(sandbox, requirements="ci/dbt.txt")
    sandbox.write("requirements.txt", "dbt-duckdb==1.9\n")
    sandbox.commit("Pin")
    assert key(sandbox, requirements=False) == first
    assert key(sandbox, requirements="ci/dbt.txt") == named
    sandbox.write("ci/dbt.txt", "dbt-duckdb==1.9\n")
    sandbox.commit("Pin there")
    assert key(sandbox, requirements="ci/dbt.txt") != named


def test_the_projects_own_requirements_go_before_those_on_top(sandbox: Sandbox) -> None:
    sandbox.write("dbt/requirements.txt", "dbt-duckdb\n")
    sandbox.commit("Pin")
    first = key(sandbox)
    sandbox.write("requirements.txt", "dbt-postgres\n")
    sandbox.commit("Unrelated")
    assert key(sandbox) == first


def test_the_target_and_every_variable_count(sandbox: Sandbox) -> None:
    keys = {
        key(sandbox),
        key(sandbox, target="dev"),
        key(sandbox, variables={"days": 3}),
        key(sandbox, variables={"days": "3"}),
        key(sandbox, variables={"days": 3, "more": None}),
    }
    assert len(keys) == 5
    ways = [{"a": 1, "b": 2}, {"b": 2, "a": 1}]
    assert len({key(sandbox, variables=variables) for variables in ways}) == 1


def test_the_way_relations_are_placed_counts(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = key(sandbox)
    monkeypatch.setattr(build_key_module, "_PLACING", 1_000)
    assert key(sandbox) != first
