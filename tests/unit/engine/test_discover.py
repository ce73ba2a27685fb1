"""What `rewind init` finds, and the configuration it writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.unit.git.sandbox import Sandbox, new_repository

from dbt_rewind.config.load import load_config
from dbt_rewind.engine.discover import discover
from dbt_rewind.errors import NotARepository, ProfileNotFound, ProjectNotFound

PROFILE = """\
shop:
  target: dev
  outputs:
"""


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    for name in [name for name in os.environ if name.startswith(("GIT_", "DBT_"))]:
        monkeypatch.delenv(name)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return new_repository(tmp_path / "repository")


def project(sandbox: Sandbox, folder: str = ".", *targets: str) -> Path:
    outputs = "".join(f"    {name}: {{type: duckdb, path: x}}\n" for name in targets or ("dev",))
    sandbox.write(f"{folder}/dbt_project.yml", "name: shop\nprofile: shop\n")
    sandbox.write(f"{folder}/profiles.yml", PROFILE + outputs)
    sandbox.commit("First")
    return sandbox.folder / folder


def test_a_project_at_the_top(sandbox: Sandbox) -> None:
    project(sandbox, ".", "dev", "prod")
    found = discover(sandbox.folder)
    assert (found.project_path, found.profile, found.adapter) == (".", "shop", "duckdb")
    assert found.root == sandbox.folder
    assert found.project.name == "shop"
    assert found.environments == (("dev", "dev", None), ("prod", "prod", "main"))


def test_the_branches_that_usually_feed_a_target(sandbox: Sandbox) -> None:
    project(sandbox, ".", "dev", "prod", "qa")
    sandbox.git("branch", "develop")
    assert discover(sandbox.folder).environments == (
        ("dev", "dev", "develop"),
        ("prod", "prod", "main"),
        ("qa", "qa", None),
    )


def test_no_two_environments_share_a_branch(sandbox: Sandbox) -> None:
    project(sandbox, ".", "live", "prod")
    assert discover(sandbox.folder).environments == (
        ("live", "live", "main"),
        ("prod", "prod", None),
    )


def test_a_single_target_belongs_to_the_current_branch(sandbox: Sandbox) -> None:
    project(sandbox, ".", "anything")
    sandbox.git("switch", "--quiet", "--create", "feature/x")
    assert discover(sandbox.folder).environments == (("anything", "anything", "feature/x"),)


def test_a_project_further_down_is_found_from_the_top_and_from_within(sandbox: Sandbox) -> None:
    folder = project(sandbox, "transform/dbt")
    (folder / "models").mkdir()
    for start in (sandbox.folder, folder, folder / "models"):
        assert discover(start).project_path == "transform/dbt"


def test_of_several_projects_the_one_around_the_start(sandbox: Sandbox) -> None:
    project(sandbox, "a")
    second = project(sandbox, "b")
    assert discover(second).project_path == "b"
    assert discover(sandbox.folder).project_path == "a"


@pytest.mark.parametrize(
    ("folder", "targets"),
    [
        (".", ["dev", "prod"]),
        ("transform/dbt", ["prod"]),
        ("my project: x", ["dev"]),
        ("on", ["true", "null", "Prod-2"]),
    ],
)
def test_the_written_configuration_says_what_was_found(
    sandbox: Sandbox, folder: str, targets: list[str]
) -> None:
    project(sandbox, folder, *(f'"{name}"' for name in targets))
    found = discover(sandbox.folder)
    file = sandbox.write("rewind.yml", found.config_text(".rewind/rewind.schema.json"))
    config = load_config(file)
    assert config.project == folder
    assert [(name, each.target, each.branch) for name, each in config.environments.items()] == list(
        found.environments
    )
    assert file.read_text().startswith(
        "# yaml-language-server: $schema=.rewind/rewind.schema.json\nversion: 1\n"
    )


def test_no_repository(tmp_path: Path, sandbox: Sandbox) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with pytest.raises(NotARepository):
        discover(outside)


def test_no_project(sandbox: Sandbox) -> None:
    with pytest.raises(ProjectNotFound):
        discover(sandbox.folder)


def test_no_profile(sandbox: Sandbox) -> None:
    sandbox.write("dbt_project.yml", "name: shop\nprofile: shop\n")
    with pytest.raises(ProfileNotFound):
        discover(sandbox.folder)
