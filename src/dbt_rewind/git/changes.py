"""What one commit has that another has not: the lines that were added, and files' contents."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from dbt_rewind.git.command import git_checked
from dbt_rewind.git.repository import Repository

_DIFF: Final = (
    *("diff", "--unified=0", "--find-renames", "--diff-filter=AMRCT", "--no-color"),
    *("--no-ext-diff", "--no-textconv", "--ignore-submodules=all"),
    *("--src-prefix=a/", "--dst-prefix=b/"),
)
_HUNK: Final = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_REGULAR: Final = re.compile(rb"([0-9a-f]+) blob (\d+)")


def added_lines(repository: Repository, older: str, newer: str) -> Mapping[str, frozenset[int]]:
    """The numbers of the lines that `newer` has and `older` has not, by file; those of a renamed
    file are what changed in it. Binary files and submodules have none.

    Raises UnknownRef, ShallowClone, GitFailed.
    """
    ids = (repository.resolve(older), repository.resolve(newer))
    output = git_checked(repository.root, *_DIFF, *ids, "--").stdout
    return {name: lines for name, lines in _parsed(output).items() if lines}


def contents(
    repository: Repository, sha: str, names: Collection[str], largest: int
) -> Mapping[str, bytes]:
    """The content of those files in the commit that are there and have at most `largest` bytes.

    Raises UnknownRef, ShallowClone, GitFailed.
    """
    commit = repository.resolve(sha)
    asked = [name for name in names if "\n" not in name]  # which git would take for two
    heads = _batch(repository, "--batch-check", (f"{commit}:{name}" for name in asked))
    matches = zip(asked, map(_REGULAR.fullmatch, heads.splitlines()), strict=True)
    small = [(name, match) for name, match in matches if match and int(match[2]) <= largest]
    found = _batch(repository, "--batch", (match[1].decode() for _, match in small))
    read: dict[str, bytes] = {}
    for name, match in small:
        _, _, rest = found.partition(b"\n")
        size = int(match[2])
        read[name], found = rest[:size], rest[size + 1 :]
    return read


def _batch(repository: Repository, mode: str, objects: Iterable[str]) -> bytes:
    # Names go through standard input, where none can be taken for an option.
    lines = "".join(f"{each}\n" for each in objects).encode("utf-8", "surrogateescape")
    return git_checked(repository.root, "cat-file", mode, input=lines).stdout


def _parsed(diff: bytes) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    name, rest = "", 0
    for line in diff.split(b"\n"):
        if rest:  # a line of a hunk, whatever it looks like
            rest -= not line.startswith(b"\\")
        elif line.startswith(b"+++ "):
            name = _name(line[4:])
        elif match := _HUNK.match(line):
            removed, start, added = int(match[1] or 1), int(match[2]), int(match[3] or 1)
            rest = removed + added
            found.setdefault(name, set()).update(range(start, start + added))
    return {name: frozenset(lines) for name, lines in found.items()}


def _name(written: bytes) -> str:
    """The file's name after `+++`: what is odd in it is quoted as in C, and so as in Python."""
    written = written.removesuffix(b"\t")
    if written.startswith(b'"'):
        written = ast.literal_eval(f"b{written.decode('ascii')}")
    return written.removeprefix(b"b/").decode("utf-8", "surrogateescape")
