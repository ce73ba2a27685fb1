"""Patches by what they do: equal ids change the same lines in the same way, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dbt_rewind.git.command import git_checked
from dbt_rewind.git.repository import Repository

# A user's configuration must not decide which patches are equal.
_DIFF: Final = (
    *("-r", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv"),
    *("--unified=3", "--inter-hunk-context=0", "--diff-algorithm=myers", "--indent-heuristic"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=none"),
)


def parent_of(repository: Repository, sha: str) -> str:
    """The commit's first parent; the empty tree where it has none. Raises GitFailed."""
    line = git_checked(repository.root, "rev-list", "--parents", "--max-count=1", sha, "--").text
    parents = line.split()[1:]
    return parents[0] if parents else _empty_tree(repository)


def changed_names(repository: Repository, older: str, newer: str) -> frozenset[str]:
    """The files that differ between two commits. Raises GitFailed."""
    output = git_checked(
        repository.root, "diff-tree", *_DIFF, "-z", "--name-only", older, newer, "--"
    ).stdout
    names = output.decode("utf-8", "surrogateescape").split("\0")
    return frozenset(filter(None, names))


def patch_id(repository: Repository, older: str, newer: str) -> str | None:
    """What leads from one commit to another; None where nothing differs. Raises GitFailed."""
    patch = git_checked(repository.root, "diff-tree", *_DIFF, "-p", older, newer, "--").stdout
    # Git names a patch by the line before it, which a diff of two trees has not.
    marked = b"commit " + newer.encode() + b"\n" + patch
    return _ids(repository, marked).get(newer)


def patch_ids(repository: Repository, shas: Sequence[str]) -> Mapping[str, str]:
    """What each commit does to its parent, by its id; merges, and what changes nothing, have no
    patch. Raises GitFailed."""
    if not shas:
        return {}
    asked = "".join(f"{sha}\n" for sha in shas).encode()
    options = ("diff-tree", *_DIFF, "-p", "--root", "--stdin")
    return _ids(repository, git_checked(repository.root, *options, input=asked).stdout)


def touching(
    repository: Repository, sha: str, bad: str, names: Iterable[str] | None
) -> tuple[str, ...]:
    """The commits, merges apart, that `sha` has and `bad` has not, and that change one of those
    files (None: any), each after its parents. Raises GitFailed."""
    files = "" if names is None else "".join(f"{name}\n" for name in names)
    asked = f"{sha}\n^{bad}\n--\n{files}".encode("utf-8", "surrogateescape")
    options = ("rev-list", "--topo-order", "--reverse", "--no-merges", "--full-history", "--stdin")
    return tuple(git_checked(repository.root, *options, input=asked).text.split())


def _ids(repository: Repository, patches: bytes) -> dict[str, str]:
    lines = git_checked(repository.root, "patch-id", "--stable", input=patches).text.splitlines()
    return {sha: patch for patch, sha in (line.split() for line in lines)}


def _empty_tree(repository: Repository) -> str:
    return git_checked(
        repository.root, "hash-object", "-t", "tree", "--stdin", input=b""
    ).text.strip()
