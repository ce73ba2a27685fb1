"""Which proof is offered where there are several."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.unit.git.sandbox import new_repository

from dbt_rewind.engine.identity import KeySigner, NoSigner
from dbt_rewind.engine.workspace import Workspace, open_workspace
from dbt_rewind.git.signatures import SigningKey
from dbt_rewind.integrations.ci_token import CiSigner
from dbt_rewind.model import CiTrust, Policy
from dbt_rewind.procedures.identity import signer_of

ALONE = Policy(production=True)
TRUSTING = Policy(production=True, ci=CiTrust("acme/shop"))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for name in [name for name in os.environ if name.startswith(("ACTIONS_", "REWIND_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GITHUB_ACTOR", "ada")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    sandbox = new_repository(tmp_path / "shop")
    sandbox.write("dbt_project.yml", "name: shop\nprofile: shop\n")
    sandbox.write("profiles.yml", "shop:\n  outputs:\n    prod: {type: duckdb, path: x.duckdb}\n")
    sandbox.write("rewind.yml", "version: 1\nenvironments:\n  prod: {target: prod}\n")
    return open_workspace(sandbox.folder, "prod")


@pytest.fixture
def _in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "https://ci.example")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "permit")


@pytest.fixture
def _git_signs(workspace: Workspace) -> None:
    with (workspace.repository.git_folder / "config").open("a") as config:
        config.write("[gpg]\n  format = ssh\n[user]\n  signingKey = key.pub\n")


def test_nothing(workspace: Workspace) -> None:
    assert signer_of(workspace, TRUSTING) == NoSigner("ada")


@pytest.mark.usefixtures("_git_signs")
def test_the_key_of_git(workspace: Workspace) -> None:
    of_git = KeySigner("ada", SigningKey("git's user.signingKey", "key.pub"))
    assert signer_of(workspace, ALONE) == signer_of(workspace, TRUSTING) == of_git


@pytest.mark.usefixtures("_git_signs", "_in_ci")
def test_a_ci_that_is_trusted_comes_before_it(workspace: Workspace) -> None:
    assert signer_of(workspace, TRUSTING) == CiSigner("ada", "https://ci.example", "permit")
    assert isinstance(signer_of(workspace, ALONE), KeySigner)


@pytest.mark.usefixtures("_git_signs", "_in_ci")
def test_a_key_that_is_named_comes_first(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REWIND_SIGNING_KEY", "other")
    chosen = KeySigner("ada", SigningKey("REWIND_SIGNING_KEY", "other"))
    assert signer_of(workspace, TRUSTING) == chosen
