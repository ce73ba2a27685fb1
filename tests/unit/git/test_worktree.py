from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.unit.git.sandbox import Sandbox

from dbt_rewind.errors import GitFailed, UnknownRef
from dbt_rewind.git.worktree import private_worktree, remove_abandoned

# Enters a private worktree, says where it is, and stays until it is killed.
STAY = """
import sys, time
from pathlib import Path
from dbt_rewind.git.repository import Repository
from dbt_rewind.git.worktree import private_worktree
repository = Repository.open(Path(sys.argv[1]))
with private_worktree(repository, "HEAD", Path(sys.argv[2])) as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    return tmp_path / "private trees"


def state(sandbox: Sandbox) -> dict[str, str | bytes]:
    """Everything of the user's that must not change."""
    return {
        "status": sandbox.git("status", "--porcelain"),
        "head": sandbox.git("symbolic-ref", "HEAD"),
        "refs": sandbox.git("for-each-ref"),
        "worktrees": sandbox.git("worktree", "list", "--porcelain"),
        "index": (sandbox.folder / ".git" / "index").read_bytes(),
        "config": (sandbox.folder / ".git" / "config").read_bytes(),
    }


def test_holds_the_commit_and_leaves_the_users_checkout_alone(
    sandbox: Sandbox, parent: Path
) -> None:
    first = sandbox.git("rev-parse", "HEAD")
    sandbox.commit("Second", later="x")
    sandbox.write("a.sql", "being edited\n")
    sandbox.write("staged")
    sandbox.git("add", "staged")
    before = state(sandbox)
    with private_worktree(sandbox.open(), first, parent) as folder:
        assert folder.parent == parent
        assert folder.name.startswith(first[:10])
        assert (folder / "a.sql").read_text() == "select 1\n"
        assert (folder / "dbt" / "models" / "b.sql").exists()
        assert not (folder / "later").exists()
        assert Sandbox(folder).open().branch() is None
        (folder / "a.sql").write_text("overlaid\n")
        (folder / "made by dbt").touch()
    assert state(sandbox) == before
    assert list(parent.iterdir()) == []


def test_two_of_one_commit_at_once(sandbox: Sandbox, parent: Path) -> None:
    repository = sandbox.open()
    with (
        private_worktree(repository, "HEAD", parent) as one,
        private_worktree(repository, "HEAD", parent) as two,
    ):
        assert one != two


def test_from_a_linked_worktree(sandbox: Sandbox, parent: Path, tmp_path: Path) -> None:
    sandbox.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    with private_worktree(Sandbox(tmp_path / "linked").open(), "HEAD", parent) as folder:
        assert (folder / "a.sql").exists()


def test_a_sparse_checkout_is_the_users_own(sandbox: Sandbox, parent: Path) -> None:
    sandbox.commit("More", other__c="x")
    sandbox.git("sparse-checkout", "set", "dbt")
    assert not (sandbox.folder / "other").exists()
    before = state(sandbox)
    with private_worktree(sandbox.open(), "HEAD", parent) as folder:
        assert (folder / "other" / "c").exists()
    assert state(sandbox) == before


def test_no_hook_runs(sandbox: Sandbox, parent: Path) -> None:
    ran = sandbox.folder / ".git" / "ran"
    for folder in ("hooks", "own-hooks"):
        hook = sandbox.write(f".git/{folder}/post-checkout", f"#!/bin/sh\ntouch '{ran}'\n")
        hook.chmod(0o755)
    with private_worktree(sandbox.open(), "HEAD", parent):
        pass
    sandbox.git("config", "core.hooksPath", str(sandbox.folder / ".git" / "own-hooks"))
    with private_worktree(sandbox.open(), "HEAD", parent):
        pass
    assert not ran.exists()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_removed_whatever_happens(
    sandbox: Sandbox, parent: Path, error: type[BaseException]
) -> None:
    before = state(sandbox)
    with pytest.raises(error), private_worktree(sandbox.open(), "HEAD", parent):
        raise error
    assert list(parent.iterdir()) == []
    assert state(sandbox) == before


def test_removed_even_if_damaged_or_locked(sandbox: Sandbox, parent: Path) -> None:
    before = state(sandbox)
    with private_worktree(sandbox.open(), "HEAD", parent) as folder:
        (folder / ".git").unlink()
    with private_worktree(sandbox.open(), "HEAD", parent) as folder:
        sandbox.git("worktree", "lock", str(folder))
    assert list(parent.iterdir()) == []
    assert state(sandbox) == before


def test_the_users_own_missing_worktree_is_not_forgotten(
    sandbox: Sandbox, parent: Path, tmp_path: Path
) -> None:
    sandbox.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "disk"))
    (tmp_path / "disk").rename(tmp_path / "unmounted")
    with private_worktree(sandbox.open(), "HEAD", parent) as folder:
        (folder / ".git").unlink()
    (tmp_path / "unmounted").rename(tmp_path / "disk")
    assert Sandbox(tmp_path / "disk").open().branch() == "side"


def test_an_unknown_commit_makes_nothing(sandbox: Sandbox, parent: Path) -> None:
    with pytest.raises(UnknownRef), private_worktree(sandbox.open(), "--detach", parent):
        pass
    assert not parent.exists()


def test_a_checkout_that_fails_leaves_nothing(sandbox: Sandbox, parent: Path) -> None:
    sandbox.write(".gitattributes", "*.sql filter=broken\n")
    sandbox.commit("Filter")
    sandbox.git("config", "filter.broken.smudge", "false")
    sandbox.git("config", "filter.broken.required", "true")
    with pytest.raises(GitFailed), private_worktree(sandbox.open(), "HEAD", parent):
        pass
    assert list(parent.iterdir()) == []
    assert sandbox.git("worktree", "list").count("\n") == 0


class TestAbandoned:
    def test_what_a_kill_left_is_removed(self, sandbox: Sandbox, parent: Path) -> None:
        before = state(sandbox)
        process = stay(sandbox, parent)
        repository = sandbox.open()
        remove_abandoned(repository, parent)
        assert len(list(parent.iterdir())) == 2, "a running process's is left alone"
        process.kill()
        process.communicate()
        assert len(list(parent.iterdir())) == 2
        with private_worktree(repository, "HEAD", parent) as own:
            remove_abandoned(repository, parent)
            assert (own / "a.sql").exists()
            assert len(list(parent.iterdir())) == 2
        assert list(parent.iterdir()) == []
        assert state(sandbox) == before

    def test_one_half_made(self, sandbox: Sandbox, parent: Path) -> None:
        for name, files in {"a-1": ("x",), "b-2": (), "c-3": None}.items():
            parent.mkdir(exist_ok=True)
            (parent / f"{name}.lock").touch()
            if files is not None:
                (parent / name).mkdir()
                for file in files:
                    (parent / name / file).touch()
        remove_abandoned(sandbox.open(), parent)
        assert list(parent.iterdir()) == []

    def test_a_folder_of_somebody_else_stays(self, sandbox: Sandbox, parent: Path) -> None:
        (parent / "mine").mkdir(parents=True)
        remove_abandoned(sandbox.open(), parent)
        assert (parent / "mine").exists()

    def test_no_parent_yet(self, sandbox: Sandbox, parent: Path) -> None:
        remove_abandoned(sandbox.open(), parent)
        assert not parent.exists()


def test_control_c_removes_it(sandbox: Sandbox, parent: Path) -> None:
    process = stay(sandbox, parent)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert list(parent.iterdir()) == []


def test_control_c_while_it_is_made(sandbox: Sandbox, parent: Path) -> None:
    slow = sandbox.write(".git/slow", "#!/bin/sh\nsleep 30\n")
    slow.chmod(0o755)
    sandbox.write(".gitattributes", "*.sql filter=slow\n")
    sandbox.commit("Filter")
    sandbox.git("config", "filter.slow.smudge", str(slow))
    process = started(sandbox, parent)
    wait_until(lambda: any(parent.glob("*/.git")))
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert time.monotonic() - began < 5
    assert list(parent.iterdir()) == []
    assert sandbox.git("worktree", "list").count("\n") == 0


def stay(sandbox: Sandbox, parent: Path) -> subprocess.Popen[bytes]:
    process = started(sandbox, parent)
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def started(sandbox: Sandbox, parent: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", STAY, str(sandbox.folder), str(parent)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
    )


def wait_until(condition: object) -> None:
    assert callable(condition)
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
