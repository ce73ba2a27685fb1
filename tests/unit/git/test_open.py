from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from tests.unit.git.sandbox import Sandbox, new_repository

from dbt_rewind.errors import (
    GitFailed,
    GitMissing,
    NotARepository,
)
from dbt_rewind.git.repository import Repository

ROOT = PurePosixPath(".")


class TestOpen:
    def test_finds_the_top_from_a_folder_below(self, sandbox: Sandbox) -> None:
        assert Repository.open(sandbox.folder / "dbt" / "models").root == sandbox.folder

    def test_finds_the_top_of_a_linked_worktree(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
        repository = Repository.open(tmp_path / "linked" / "dbt")
        assert repository.root == tmp_path / "linked"
        assert repository.git_folder == sandbox.folder / ".git"
        assert repository.branch() == "side"

    def test_a_path_with_spaces_and_line_breaks(self, tmp_path: Path) -> None:
        sandbox = new_repository(tmp_path / "a b\nc é")
        sandbox.commit("First", a="1")
        repository = sandbox.open()
        assert repository.root == sandbox.folder
        assert repository.git_folder == sandbox.folder / ".git"
        assert repository.resolve("main")

    @pytest.mark.parametrize("folder", ["plain", "missing"])
    def test_no_repository(self, tmp_path: Path, folder: str) -> None:
        (tmp_path / "plain").mkdir()
        with pytest.raises(NotARepository):
            Repository.open(tmp_path / folder)

    def test_a_bare_repository_is_none(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.git("clone", "-q", "--bare", str(sandbox.folder), str(tmp_path / "bare.git"))
        with pytest.raises(NotARepository):
            Repository.open(tmp_path / "bare.git")

    def test_a_repository_that_git_refuses_is_reported_in_gits_words(
        self, sandbox: Sandbox
    ) -> None:
        sandbox.write(".git/config", "[core\n")
        with pytest.raises(GitFailed, match="bad config"):
            sandbox.open()

    def test_no_git(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(sandbox.folder))
        with pytest.raises(GitMissing):
            sandbox.open()

    def test_variables_of_a_git_hook_are_ignored(
        self, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = new_repository(tmp_path / "other")
        monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
        monkeypatch.setenv("GIT_WORK_TREE", str(other.folder))
        monkeypatch.setenv("GIT_INDEX_FILE", str(other.folder / "index"))
        repository = sandbox.open()
        assert repository.root == sandbox.folder
        assert repository.uncommitted(ROOT) == ()


class TestPerson:
    def test_the_configured_name(self, sandbox: Sandbox) -> None:
        sandbox.git("config", "user.name", "Grace  Hopper")
        assert sandbox.open().person() == "Grace Hopper"

    def test_the_login_name(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LOGNAME", "grace")
        assert sandbox.open().person() == "grace"

    def test_nobody(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        def getuser() -> str:
            raise KeyError("uid not found")

        monkeypatch.setattr("getpass.getuser", getuser)
        assert sandbox.open().person() == "unknown"
