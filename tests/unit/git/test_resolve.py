from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.git.sandbox import Sandbox, new_repository

from dbt_rewind.errors import (
    RewindError,
    ShallowClone,
    UnknownRef,
)

NOWHERE = "0" * 40


class TestResolve:
    def test_every_way_to_name_a_commit(self, sandbox: Sandbox) -> None:
        first = sandbox.git("rev-parse", "HEAD")
        sandbox.git("tag", "light")
        sandbox.git("tag", "-a", "v1.0", "-m", "one")
        second = sandbox.commit("Second")
        sandbox.git("branch", "feature/x")
        repository = sandbox.open()
        for ref in ("light", "v1.0", "HEAD~1", "main^", first, first[:8], "@~"):
            assert repository.resolve(ref) == first, ref
        for ref in ("HEAD", "main", "refs/heads/main", "feature/x"):
            assert repository.resolve(ref) == second, ref

    def test_a_branch_that_is_only_at_origin(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.git("checkout", "-q", "-b", "release")
        release = sandbox.commit("Release")
        sandbox.git("checkout", "-q", "main")
        sandbox.git("clone", "-q", str(sandbox.folder), str(tmp_path / "clone"))
        clone = Sandbox(tmp_path / "clone").open()
        assert clone.resolve("release") == release
        assert clone.resolve("release~1") == clone.resolve("main")

    def test_a_local_branch_comes_before_origins(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.git("clone", "-q", str(sandbox.folder), str(tmp_path / "clone"))
        clone = Sandbox(tmp_path / "clone")
        ahead = clone.commit("Ahead")
        assert clone.open().resolve("main") == ahead

    @pytest.mark.parametrize(
        "ref",
        [
            "",
            "nope",
            "--upload-pack=x",
            "-h",
            "--all",
            "main\nHEAD",
            "a\0b",
            "main..main",
            "^main",
            "HEAD:a.sql",
            "HEAD^{tree}",
            NOWHERE,
            "HEAD~99",
            "HEAD@{99999}",
            " ",
            "\udcff",
            "x" * 5000,
        ],
    )
    def test_what_is_no_commit(self, sandbox: Sandbox, ref: str) -> None:
        with pytest.raises(UnknownRef) as raised:
            sandbox.open().resolve(ref)
        assert raised.value.ref == ref

    def test_no_commit_yet(self, tmp_path: Path) -> None:
        repository = new_repository(tmp_path / "new").open()
        assert repository.branch() == "main"
        with pytest.raises(UnknownRef) as raised:
            repository.resolve("HEAD")
        assert raised.value.ref == "HEAD"

    def test_a_shallow_clone_may_lack_it(self, shallow: Sandbox) -> None:
        repository = shallow.open()
        assert repository.resolve("HEAD")
        for ref in ("v1", "HEAD~1", NOWHERE):
            with pytest.raises(ShallowClone):
                repository.resolve(ref)


def test_every_error_has_words(sandbox: Sandbox) -> None:
    with pytest.raises(RewindError) as raised:
        sandbox.open().resolve("nope")
    assert raised.value.message
    assert raised.value.hint
