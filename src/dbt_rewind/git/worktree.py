"""A private checkout of one commit, so that the user's own is never touched."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dbt_rewind.git.command import git, git_checked
from dbt_rewind.git.repository import Repository
from dbt_rewind.git.submodules import fill_submodules


@contextmanager
def private_worktree(repository: Repository, sha: str, parent: Path) -> Iterator[Path]:
    """The folder of a new worktree below `parent` that holds the commit, submodules included.

    The user's files, index, branches and configuration stay as they are; no hook runs. It is
    removed at the end, whatever happens; what a kill leaves, `remove_abandoned` removes. Raises
    UnknownRef, ShallowClone, GitFailed.
    """
    commit = repository.resolve(sha)
    parent.mkdir(parents=True, exist_ok=True)
    worktree = parent.resolve() / f"{commit[:10]}-{secrets.token_hex(4)}"
    lock = _lock_file(worktree)
    held = _hold_new(lock)
    try:
        git_checked(
            repository.root,
            *("worktree", "add", "--quiet", "--detach", "--force", str(worktree), commit),
            # A sparse checkout is the user's own view; a release needs every file.
            settings=("core.sparseCheckout=false",),
        )
        fill_submodules(worktree, repository.git_folder)
        yield worktree
    finally:
        remove_worktree(repository, worktree)
        _release(lock, held)


def remove_abandoned(repository: Repository, parent: Path) -> None:
    """Remove the private worktrees below `parent` that a killed process left; not those in use."""
    for lock in sorted(parent.resolve().glob("*.lock")):
        held = _take(lock)
        if held is not None:
            remove_worktree(repository, lock.with_suffix(""))
            _release(lock, held)


def _lock_file(worktree: Path) -> Path:
    return worktree.with_name(f"{worktree.name}.lock")


def _hold_new(lock: Path) -> int:
    while True:
        lock.touch(0o600)
        # None: a clean-up took the file in the moment before we locked it, and will remove it.
        if (held := _take(lock)) is not None:
            return held


def _take(lock: Path) -> int | None:
    """Hold the lock for as long as the returned descriptor is open; None: somebody else does."""
    try:
        held = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return None
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it before may have removed the file between our two calls.
        if os.path.samestat(os.fstat(held), lock.stat()):
            return held
    os.close(held)
    return None


def _release(lock: Path, held: int) -> None:
    lock.unlink(missing_ok=True)
    os.close(held)


def remove_worktree(repository: Repository, worktree: Path) -> None:
    """Removes it, whatever state it is in."""
    # Twice forced: git locks a worktree that it has not finished adding.
    remove = ("worktree", "remove", "--force", "--force", str(worktree))
    if git(repository.root, *remove).status == 0 and not worktree.exists():
        return
    # Git refuses a half-made worktree, but forgets one whose folder is gone. `worktree prune`
    # would do so too, but also forget the user's own on a disk that is not mounted just now.
    shutil.rmtree(worktree, ignore_errors=True)
    git(repository.root, *remove)
