from __future__ import annotations

import sys
from pathlib import PurePosixPath

import pytest
from tests.unit.git.sandbox import Sandbox

from dbt_rewind.git.repository import Repository

ROOT = PurePosixPath(".")


class TestBranch:
    def test_current(self, sandbox: Sandbox) -> None:
        sandbox.git("checkout", "-q", "-b", "feature/x")
        sandbox.git("tag", "feature/x")  # git's short name would then be heads/feature/x
        assert sandbox.open().branch() == "feature/x"

    def test_detached(self, sandbox: Sandbox) -> None:
        sandbox.git("checkout", "-q", "--detach")
        assert sandbox.open().branch() is None

    def test_has_branch(self, sandbox: Sandbox) -> None:
        sandbox.git("branch", "feature/x")
        sandbox.git("tag", "v1")
        sandbox.git("update-ref", "refs/remotes/origin/develop", "HEAD")
        repository = sandbox.open()
        assert all(map(repository.has_branch, ("main", "feature/x", "develop")))
        assert not any(map(repository.has_branch, ("feature", "v1", "*", "", "HEAD", "--all")))


class TestUncommitted:
    def test_clean(self, sandbox: Sandbox) -> None:
        assert sandbox.open().uncommitted(ROOT) == ()

    def test_every_kind_of_change(self, sandbox: Sandbox) -> None:
        sandbox.commit("More", gone="g\n", old="a long enough text\n", deleted="d\n")
        sandbox.write(".gitignore", "*.log\n")
        sandbox.commit("Ignore")
        sandbox.write("a.sql", "changed\n")
        sandbox.write("staged", "s\n")
        sandbox.git("add", "staged")
        sandbox.git("rm", "-q", "gone")
        (sandbox.folder / "deleted").unlink()
        sandbox.git("mv", "old", "new")
        sandbox.write("folder/untracked")
        sandbox.write("ignored.log")
        assert sandbox.open().uncommitted(ROOT) == (
            *("a.sql", "deleted", "folder/untracked", "gone", "new", "old", "staged"),
        )

    def test_only_below_the_path(self, sandbox: Sandbox) -> None:
        sandbox.write("a.sql", "changed\n")
        sandbox.write("dbtx/c.sql")
        sandbox.write("dbt/models/new.sql")
        assert Repository.open(sandbox.folder / "dbt").uncommitted(PurePosixPath("dbt")) == (
            "dbt/models/new.sql",
        )

    def test_a_users_settings_hide_nothing(self, sandbox: Sandbox) -> None:
        for name, value in {
            "status.showUntrackedFiles": "no",
            "status.relativePaths": "true",
            "status.renames": "copies",
            "color.ui": "always",
            "core.quotePath": "true",
        }.items():
            sandbox.git("config", name, value)
        names = ("a b.sql", "line\nbreak.sql", "naïve ☃.sql", 'quo"te.sql', "-x -> y.sql")
        for name in names:
            sandbox.write(name)
        assert sandbox.open().uncommitted(ROOT) == tuple(sorted(names))

    @pytest.mark.skipif(sys.platform == "darwin", reason="file names are UTF-8 there")
    def test_a_name_that_is_not_utf8_can_still_be_printed(self, sandbox: Sandbox) -> None:
        sandbox.write("caf\udce9.sql")
        (name,) = sandbox.open().uncommitted(ROOT)
        assert name == "caf\N{REPLACEMENT CHARACTER}.sql"

    def test_nothing_is_written(self, sandbox: Sandbox) -> None:
        index = sandbox.folder / ".git" / "index"
        sandbox.write("a.sql", "select 1\n")  # same content, new time: git would refresh the index
        before = (index.read_bytes(), index.stat().st_mtime_ns)
        sandbox.open().uncommitted(ROOT)
        assert (index.read_bytes(), index.stat().st_mtime_ns) == before

    def test_a_monitor_in_the_configuration_is_not_run(self, sandbox: Sandbox) -> None:
        monitor = sandbox.write(".git/monitor", "#!/bin/sh\ntouch .git/ran\n")
        monitor.chmod(0o755)
        sandbox.git("config", "core.fsmonitor", str(monitor))
        sandbox.open().uncommitted(ROOT)
        assert not (sandbox.folder / ".git" / "ran").exists()
