"""What `git log` prints, and how it is asked to print it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

COMMIT_FORMAT: Final = (
    "-z",
    "--format=tformat:%H%x00%s%x00%an%x00%ct%x00%D",
    "--encoding=UTF-8",
    "--decorate=full",
    # Named, because log.excludeDecoration could hide any of them otherwise.
    "--decorate-refs=refs/tags/",
    "--decorate-refs=refs/heads/",
    "--decorate-refs=refs/remotes/",
)
"""Arguments that make `git log` write what `parse_log` reads."""

_FIELDS = 5


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One commit of a log; `at` is when it was committed (UTC).

    `tags` and `branches` are those that point at it, sorted; a branch of a remote has the remote's
    name in front (`origin/main`).
    """

    sha: str
    subject: str
    author: str
    at: datetime
    tags: tuple[str, ...]
    branches: tuple[str, ...]


def parse_log(output: bytes) -> tuple[LogEntry, ...]:
    """The commits in the order in which git wrote them."""
    fields = output.decode("utf-8", "replace").split("\0")[:-1]
    return tuple(
        _entry(*fields[start : start + _FIELDS]) for start in range(0, len(fields), _FIELDS)
    )


def _entry(sha: str, subject: str, author: str, seconds: str, decoration: str) -> LogEntry:
    # A ref's name can hold a comma, but never a space.
    refs = decoration.split(", ") if decoration else []
    tags = [ref.removeprefix("tag: refs/tags/") for ref in refs if ref.startswith("tag: ")]
    branches = [
        ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")
        for ref in refs
        if not ref.startswith("tag: ") and not ref.endswith("/HEAD")
    ]
    return LogEntry(
        sha=sha,
        subject=subject,
        author=author,
        at=datetime.fromtimestamp(int(seconds), UTC),
        tags=tuple(sorted(tags)),
        branches=tuple(sorted(branches)),
    )
