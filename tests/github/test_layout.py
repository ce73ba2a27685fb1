"""What rewind.yml and the profile say of a project's workflows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.git.sandbox import Sandbox, new_repository

from dbt_rewind._version import __version__
from dbt_rewind.errors import BranchesMissing, TargetNotFound
from dbt_rewind.procedures.workflows import plan_workflows

CONFIG = """\
version: 1
project: dbt
environments:
  prod: {target: live, branch: main}
  dev: {target: dev, branch: develop}
  scratch: {target: nowhere}
"""
PROFILES = """\
shop:
  target: dev
  outputs:
    dev:
      type: postgres
      host: "{{ env_var('PGHOST', 'localhost') }}"
      user: shop
      password: "{{ env_var('DEV_PASSWORD') }}"
    live:
      type: postgres
      host: "{{ env_var('PGHOST', 'localhost') }}"
      user: "{{ env_var( \\"PGUSER\\" ) }}"
      password: "{{ env_var('SOME_SECRET', '') | trim }}"
      dbname: "{{ env_var('A') }}-{{ env_var('B', \\"x\\") }}"
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A project two folders below the top, whose profile reads variables that nobody has set."""
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    sandbox = new_repository(tmp_path / "repository")
    for name, text in {
        "data/rewind.yml": CONFIG,
        "data/dbt/dbt_project.yml": "name: shop\nprofile: shop\n",
        "data/dbt/profiles.yml": PROFILES,
    }.items():
        sandbox.write(name, text)
    sandbox.commit("First")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return sandbox


def test_what_a_project_needs(shop: Sandbox) -> None:
    planned = plan_workflows(shop.folder / "data" / "dbt")
    layout = planned.layout
    assert planned.top == shop.folder.resolve()
    assert layout.folder == "data"
    assert layout.branches == {"main": "prod", "develop": "dev"}
    # Secrets of an environment that no branch is deployed to are nobody's business here.
    assert layout.environments == ("prod", "dev")
    assert layout.drilled == "dev"
    assert layout.install == (
        f"python -m pip install 'dbt-rewind[github,postgres]=={__version__}' 'dbt-postgres'"
    )
    assert layout.variables == {
        "GITHUB_TOKEN": "${{ github.token }}",
        "A": "${{ secrets.A }}",
        "DEV_PASSWORD": "${{ secrets.DEV_PASSWORD }}",
        "PGUSER": "${{ secrets.PGUSER }}",
        "SOME_SECRET": "${{ secrets.SOME_SECRET }}",
    }
    assert planned.optional == ("B", "PGHOST")
    assert planned.outside is None
    assert not planned.on_disk
    assert layout.permits == ()


def test_what_rewind_yml_adds(shop: Sandbox) -> None:
    config = CONFIG.replace("prod: {", "prod: {production: false, ") + (
        "github: {token: SHOP_TOKEN}\n"
        "notify:\n  github: {token: ISSUES_TOKEN}\n  channels: {team: {url: TEAM_PLACE}}\n"
        "approvals: {ci: {repository: acme/shop}}\n"
    )
    shop.write("data/rewind.yml", config)
    shop.write("data/dbt/requirements.txt", "dbt-postgres\n")
    layout = plan_workflows(shop.folder / "data").layout
    assert layout.drilled == "prod"
    assert layout.install == (
        f"python -m pip install 'dbt-rewind[github,postgres,notify,ci]=={__version__}'"
    )
    assert layout.variables["SHOP_TOKEN"] == "${{ secrets.SHOP_TOKEN }}"
    assert layout.variables["ISSUES_TOKEN"] == "${{ secrets.ISSUES_TOKEN }}"
    assert layout.variables["TEAM_PLACE"] == "${{ secrets.TEAM_PLACE }}"
    permissions = [line.partition(" #")[0] for line in layout.permits]
    assert permissions == ["id-token: write", "issues: write"]


def test_what_no_runner_would_have_is_told(shop: Sandbox, tmp_path: Path) -> None:
    profiles = "shop:\n  target: live\n  outputs: {live: {type: duckdb}, dev: {type: duckdb}}\n"
    (shop.folder / "data" / "dbt" / "profiles.yml").unlink()
    file = tmp_path / "home" / ".dbt" / "profiles.yml"
    file.parent.mkdir(parents=True)
    file.write_text(profiles)
    planned = plan_workflows(shop.folder / "data")
    assert planned.outside == file
    assert planned.on_disk


def test_without_a_branch_or_a_target_nothing_is_planned(shop: Sandbox) -> None:
    shop.write("data/rewind.yml", CONFIG.replace("target: dev,", "target: gone,"))
    with pytest.raises(TargetNotFound):
        plan_workflows(shop.folder / "data")
    shop.write("data/rewind.yml", re.sub(", branch: [a-z]+", "", CONFIG))
    with pytest.raises(BranchesMissing):
        plan_workflows(shop.folder / "data")
