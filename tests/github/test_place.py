"""Which repository it is, and that a token goes nowhere that only a remote's address names."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.git.sandbox import new_repository

from dbt_rewind.config.github import GithubConfig
from dbt_rewind.integrations.channel import ChannelUnusable
from dbt_rewind.integrations.github_place import Place, place_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITHUB_REPOSITORY", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    return new_repository(tmp_path / "shop").folder


def lead(folder: Path, address: str) -> None:
    config = folder / ".git" / "config"
    config.write_text(f'{config.read_text()}[remote "upstream"]\n\turl = {address}\n')


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/acme/shop.git",
        "https://github.com/acme/shop/",
        "https://x-access-token:secret@github.com/acme/shop",
        "git@github.com:acme/shop.git",
        "ssh://git@github.com:22/acme/shop.git",
        "ssh://git@GitHub.com/acme/shop",
    ],
)
def test_the_remote_tells(folder: Path, address: str) -> None:
    lead(folder, address)
    assert place_of(GithubConfig(), folder, "upstream") == Place("acme/shop", "GITHUB_TOKEN", None)


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com.evil.example/acme/shop",
        "https://evil.example/github.com/acme/shop",
        "git@gitlab.com:acme/shop.git",
        "/srv/github.com/acme/shop.git",
        "https://github.com/acme",
        "https://github.com/acme/shop/wiki",
        "https://github.com/acme/../shop",
    ],
)
def test_other_remotes_do_not(folder: Path, address: str) -> None:
    lead(folder, address)
    with pytest.raises(ChannelUnusable, match="nothing says which repository on GitHub it is"):
        place_of(GithubConfig(), folder, "upstream")


def test_a_server_of_ones_own_is_named_by_its_api_or_by_ci(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead(folder, "git@git.acme.example:acme/shop.git")
    api = "https://git.acme.example/api/v3"
    assert place_of(GithubConfig(api=api), folder, "upstream").repository == "acme/shop"
    assert place_of(GithubConfig(api="https://api.git.acme.example"), folder, "upstream").api
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://git.acme.example")
    assert place_of(GithubConfig(), folder, "upstream").repository == "acme/shop"


def test_rewind_yml_is_asked_first_then_ci_then_the_remote(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead(folder, "https://github.com/acme/fork")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/ci")
    assert place_of(GithubConfig(repository="acme/shop"), folder, "no").repository == "acme/shop"
    assert place_of(GithubConfig(), folder, "upstream").repository == "acme/ci"
    monkeypatch.setenv("GITHUB_REPOSITORY", "../../elsewhere")
    assert place_of(GithubConfig(), folder, "upstream").repository == "acme/fork"
    with pytest.raises(ChannelUnusable):
        place_of(GithubConfig(), folder, "origin")


def test_without_a_token_nothing_is_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "  ")
    with pytest.raises(ChannelUnusable, match="the environment variable SHOP_TOKEN is not set"):
        Place("acme/shop", "SHOP_TOKEN", None).open(1)
