from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.unit.git.sandbox import Sandbox, new_repository

from dbt_rewind.errors import GitFailed
from dbt_rewind.git.worktree import private_worktree

FILE_ALLOWED = ("-c", "protocol.file.allow=always")


@pytest.fixture
def origins(tmp_path: Path) -> Path:
    """Repositories `outer` and `inner`; outer has inner as a submodule, by a relative address."""
    inner = new_repository(tmp_path / "origins" / "inner")
    inner.commit("Inner", inner_file="i")
    outer = new_repository(tmp_path / "origins" / "outer")
    outer.git(*FILE_ALLOWED, "submodule", "add", "-q", "../inner", "nested inner")
    outer.commit("Outer", outer_file="o")
    return tmp_path / "origins"


@pytest.fixture
def with_submodule(sandbox: Sandbox, origins: Path) -> Sandbox:
    sandbox.git(
        *(*FILE_ALLOWED, "submodule", "add", "-q", "--name", "the outer"),
        *(str(origins / "outer"), "vendor/outer"),
    )
    sandbox.git(*FILE_ALLOWED, "submodule", "update", "-q", "--init", "--recursive")
    sandbox.commit("Add a submodule")
    return sandbox


def test_filled_from_the_local_clone_without_its_origin(
    with_submodule: Sandbox, origins: Path, tmp_path: Path
) -> None:
    shutil.move(origins, tmp_path / "gone")
    config = (with_submodule.folder / ".git" / "config").read_bytes()
    with private_worktree(with_submodule.open(), "HEAD", tmp_path / "trees") as folder:
        assert (folder / "vendor/outer/outer_file").read_text() == "o"
        assert (folder / "vendor/outer/nested inner/inner_file").read_text() == "i"
    assert list((tmp_path / "trees").iterdir()) == []
    assert (with_submodule.folder / ".git" / "config").read_bytes() == config
    assert with_submodule.git("status", "--porcelain") == ""


def test_fetched_where_the_user_never_initialised_it(
    with_submodule: Sandbox, tmp_path: Path
) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text("[protocol.file]\nallow = always\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(allowed))
        with_submodule.git("clone", "-q", str(with_submodule.folder), str(tmp_path / "clone"))
        clone = Sandbox(tmp_path / "clone")
        config = (clone.folder / ".git" / "config").read_bytes()
        with private_worktree(clone.open(), "HEAD", tmp_path / "trees") as folder:
            assert (folder / "vendor/outer/nested inner/inner_file").read_text() == "i"
        assert (clone.folder / ".git" / "config").read_bytes() == config


def test_a_commit_that_the_local_clone_lacks_is_fetched(
    with_submodule: Sandbox, origins: Path, tmp_path: Path
) -> None:
    newer = Sandbox(origins / "outer").commit("Newer", newer="n")
    with_submodule.git("update-index", "--cacheinfo", f"160000,{newer},vendor/outer")
    with_submodule.git("commit", "-q", "-m", "Newer submodule")
    allowed = tmp_path / "allowed"
    allowed.write_text("[protocol.file]\nallow = always\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(allowed))
        with private_worktree(with_submodule.open(), "HEAD", tmp_path / "trees") as folder:
            assert (folder / "vendor/outer/newer").read_text() == "n"


def test_one_that_cannot_be_had_is_named(sandbox: Sandbox, origins: Path, tmp_path: Path) -> None:
    sandbox.git(*FILE_ALLOWED, "submodule", "add", "-q", str(origins / "inner"), "vendor/inner")
    sandbox.commit("Add a submodule")
    shutil.rmtree(sandbox.folder / ".git" / "modules")
    shutil.rmtree(origins)
    with (
        pytest.raises(GitFailed) as raised,
        private_worktree(sandbox.open(), "HEAD", tmp_path / "trees"),
    ):
        pass
    assert "submodule" in raised.value.command
    assert "vendor/inner" in raised.value.command
    assert list((tmp_path / "trees").iterdir()) == []


def test_a_gitmodules_file_without_submodules(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.write(".gitmodules", "")
    sandbox.commit("Empty")
    with private_worktree(sandbox.open(), "HEAD", tmp_path / "trees") as folder:
        assert (folder / "a.sql").exists()
    sandbox.write(".gitmodules", '[submodule "left"]\n\tpath = left\n\turl = ../left\n')
    sandbox.commit("Stale entry")
    with private_worktree(sandbox.open(), "HEAD", tmp_path / "trees") as folder:
        assert (folder / "a.sql").exists()
