from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.unit.git.sandbox import Sandbox

from dbt_rewind.errors import (
    ShallowClone,
    UnknownRef,
)

NOWHERE = "0" * 40


class TestHistory:
    def test_count_and_ancestry_over_a_merge(self, sandbox: Sandbox) -> None:
        first = sandbox.git("rev-parse", "HEAD")
        sandbox.git("checkout", "-q", "-b", "side")
        side = sandbox.commit("Side", side="1")
        sandbox.git("checkout", "-q", "main")
        second = sandbox.commit("Second", second="2")
        sandbox.git("merge", "-q", "--no-ff", "--no-edit", "side")
        merge = sandbox.git("rev-parse", "HEAD")
        repository = sandbox.open()
        assert repository.commits_between(first, merge) == 3
        assert repository.commits_between(second, merge) == 2
        assert repository.commits_between(merge, first) == 0
        assert repository.commits_between(side, second) == 1
        assert repository.is_ancestor(side, merge)
        assert repository.is_ancestor(merge, merge)
        assert not repository.is_ancestor(merge, side)
        assert not repository.is_ancestor(side, second)

    @pytest.mark.parametrize("unknown", [NOWHERE, "HEAD", "--all"])
    def test_what_cannot_be_counted(self, sandbox: Sandbox, unknown: str) -> None:
        head, repository = sandbox.git("rev-parse", "HEAD"), sandbox.open()
        assert repository.commits_between(unknown, head) is None
        assert repository.commits_between(head, unknown) is None
        with pytest.raises(UnknownRef):
            repository.is_ancestor(unknown, head)

    def test_a_shallow_clone_does_not_guess(self, shallow: Sandbox, sandbox: Sandbox) -> None:
        repository, head = shallow.open(), shallow.git("rev-parse", "HEAD")
        assert repository.commits_between(head, head) is None
        assert repository.is_ancestor(head, head)
        with pytest.raises(ShallowClone):
            repository.is_ancestor(sandbox.git("rev-parse", "v1"), head)

    def test_log(self, sandbox: Sandbox) -> None:
        sandbox.git("tag", "-a", "v1", "-m", "one")
        second = sandbox.commit("Second")
        sandbox.git("branch", "feature/x")
        sandbox.git("update-ref", "refs/remotes/origin/main", second)
        sandbox.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
        newest, oldest = sandbox.open().log("main", 5)
        assert (newest.sha, newest.subject, newest.author) == (second, "Second", "Ada")
        assert newest.at == datetime(2024, 3, 1, 10, tzinfo=UTC)
        assert (newest.tags, newest.branches) == ((), ("feature/x", "main", "origin/main"))
        assert (oldest.subject, oldest.tags, oldest.branches) == ("First", ("v1",), ())

    def test_log_stops_at_its_limit(self, sandbox: Sandbox) -> None:
        sandbox.commit("Second")
        assert [entry.subject for entry in sandbox.open().log("HEAD", 1)] == ["Second"]
        assert sandbox.open().log("HEAD", 0) == ()

    def test_log_of_what_is_not_there(self, sandbox: Sandbox) -> None:
        with pytest.raises(UnknownRef):
            sandbox.open().log("--output=stolen", 3)
        assert not (sandbox.folder / "stolen").exists()
