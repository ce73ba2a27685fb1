from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from tests.unit.git.sandbox import Sandbox

from dbt_rewind.errors import (
    UnknownRef,
)

NOWHERE = "0" * 40
ROOT = PurePosixPath(".")


class TestCommit:
    def test_subject_author_and_tags(self, sandbox: Sandbox) -> None:
        sandbox.git("tag", "z,1")
        sandbox.git("tag", "-a", "a/b", "-m", "note")
        sandbox.git("branch", "other")
        sandbox.git("config", "log.excludeDecoration", "refs/tags/*")
        sandbox.git("config", "color.ui", "always")
        commit = sandbox.open().commit(sandbox.git("rev-parse", "HEAD"))
        assert (commit.subject, commit.author, commit.tags) == ("First", "Ada", ("a/b", "z,1"))

    def test_unusual_text(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GIT_AUTHOR_NAME", "Zoë | Ω")
        sha = sandbox.commit('Ünïcode, "quotes"\tand ☃\n\nA body that is left out')
        commit = sandbox.open().commit(sha)
        assert (commit.subject, commit.author) == ('Ünïcode, "quotes"\tand ☃', "Zoë | Ω")

    def test_an_empty_message(self, sandbox: Sandbox) -> None:
        sandbox.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
        assert sandbox.open().commit(sandbox.git("rev-parse", "HEAD")).subject == ""

    @pytest.mark.parametrize("sha", [NOWHERE, "HEAD", "--all", "", "-n1"])
    def test_unknown(self, sandbox: Sandbox, sha: str) -> None:
        with pytest.raises(UnknownRef):
            sandbox.open().commit(sha)


class TestTreesAndFiles:
    def test_a_tree_is_the_same_wherever_its_content_is(self, sandbox: Sandbox) -> None:
        first = sandbox.git("rev-parse", "HEAD")
        second = sandbox.commit("Elsewhere", a="changed")
        third = sandbox.commit("Here", dbt__c="new")
        sandbox.git("revert", "--no-edit", third)
        fourth = sandbox.git("rev-parse", "HEAD")
        repository, folder = sandbox.open(), PurePosixPath("dbt")
        trees = [repository.tree(sha, folder) for sha in (first, second, third, fourth)]
        assert trees[0] == trees[1] == trees[3] != trees[2]
        assert repository.tree(first, ROOT) == sandbox.git("rev-parse", f"{first}^{{tree}}")
        assert repository.tree(first, ROOT) != repository.tree(second, ROOT)

    @pytest.mark.parametrize("path", ["nope", "a.sql", "../x", "/etc", "dbt/models/b.sql"])
    def test_no_such_folder(self, sandbox: Sandbox, path: str) -> None:
        sha = sandbox.git("rev-parse", "HEAD")
        assert sandbox.open().tree(sha, PurePosixPath(path)) is None

    @pytest.mark.parametrize("name", ["with space", "ünï", "line\nbreak", ":(top)x", "*", "-f"])
    def test_unusual_names(self, sandbox: Sandbox, name: str) -> None:
        sandbox.write(f"{name}/{name}", "content")
        sha = sandbox.commit("Unusual")
        repository = sandbox.open()
        assert repository.tree(sha, PurePosixPath(name)) is not None
        assert repository.file(sha, PurePosixPath(name, name)) == b"content"

    def test_a_file_as_it_was(self, sandbox: Sandbox) -> None:
        sha = sandbox.git("rev-parse", "HEAD")
        sandbox.write("a.sql", "changed")
        repository = sandbox.open()
        assert repository.file(sha, PurePosixPath("a.sql")) == b"select 1\n"
        for path in ("nope", "dbt", "../a.sql", "/a.sql", "."):
            assert repository.file(sha, PurePosixPath(path)) is None

    def test_unknown_commit(self, sandbox: Sandbox) -> None:
        repository = sandbox.open()
        for path in (ROOT, PurePosixPath("dbt")):
            with pytest.raises(UnknownRef):
                repository.tree(NOWHERE, path)
        with pytest.raises(UnknownRef):
            repository.file(NOWHERE, PurePosixPath("a.sql"))
