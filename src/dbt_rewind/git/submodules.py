"""Submodules of a private worktree, taken from the user's own clones where those suffice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dbt_rewind.git.command import git, git_checked, git_failed


@dataclass(frozen=True, slots=True)
class _Submodule:
    name: str
    path: str


def fill_submodules(worktree: Path, git_folder: Path) -> None:
    """Check out every submodule of `worktree`, and theirs, at the commits that it names.

    `git_folder` is the git folder of the user's clone; a submodule's clone in it is used where it
    has the commit, and only otherwise is the submodule's address asked. Unlike `git submodule
    update --init`, this writes nothing into the configuration that the user's checkout shares.
    Raises GitFailed, whose command names the submodule.
    """
    if not (worktree / ".gitmodules").is_file():
        return
    for submodule in _submodules(worktree):
        clone = git_folder / "modules" / submodule.name
        commit = _wanted_commit(worktree, submodule)
        if commit is None:
            continue
        if _has_commit(clone, commit):
            _fill_from_clone(worktree, submodule, clone)
        else:
            _update(worktree, submodule)
        fill_submodules(worktree / submodule.path, clone)


def _submodules(worktree: Path) -> list[_Submodule]:
    arguments = (
        *("config", "--file", ".gitmodules", "--null"),
        *("--get-regexp", r"^submodule\..*\.path$"),
    )
    listed = git(worktree, *arguments)
    if listed.status not in (0, 1):  # 1: the file names none
        raise git_failed(listed, *arguments)
    entries = [entry.partition("\n") for entry in listed.text.split("\0") if entry]
    return [
        _Submodule(key.removeprefix("submodule.").removesuffix(".path"), path)
        for key, _, path in entries
        if ".." not in Path(key).parts
    ]


def _wanted_commit(worktree: Path, submodule: _Submodule) -> str | None:
    listed = git_checked(worktree, "ls-tree", "-z", "HEAD", "--", submodule.path)
    found = re.match(rb"160000 commit ([0-9a-f]+)\t", listed.stdout)
    return found[1].decode() if found else None


def _has_commit(clone: Path, commit: str) -> bool:
    return clone.is_dir() and git(clone, "cat-file", "-e", f"{commit}^{{commit}}").status == 0


def _fill_from_clone(worktree: Path, submodule: _Submodule, clone: Path) -> None:
    _update(
        worktree,
        submodule,
        # Git distrusts local addresses in a submodule; this one is ours, not the repository's.
        "protocol.file.allow=always",
        f"submodule.{submodule.name}.url={clone}",
    )
    address = git(clone, "config", "--get", "remote.origin.url").text.strip()
    if address:
        # The submodule's own submodules may have addresses relative to it.
        git_checked(worktree / submodule.path, "config", "remote.origin.url", address)


def _update(worktree: Path, submodule: _Submodule, *settings: str) -> None:
    git_checked(
        worktree,
        *("submodule", "--quiet", "update", "--", submodule.path),
        settings=("submodule.active=.", *settings),
    )
