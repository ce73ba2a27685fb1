"""Makes the sample repository: the reference pipeline with its data and three tagged commits."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dbt_rewind.demo.story import VERSIONS, Version
from dbt_rewind.errors import DataUnusable, FolderInUse, GitFailed
from dbt_rewind.process import run

_NOT_COPIED = shutil.ignore_patterns(
    "target", "dbt_packages", "logs", "*.duckdb*", ".rewind", ".user.yml", "__pycache__", ".*_cache"
)


@dataclass(frozen=True, slots=True)
class Loading:
    """How the pipeline's loader is told which database to fill."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


INTO_A_FILE = Loading(("--database", "warehouse.duckdb"))


def pipeline_folder() -> Path:
    """The reference pipeline: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).with_name("adventureworks")
    if inside.is_dir():
        return inside
    return Path(__file__).resolve().parents[3] / "examples" / "adventureworks"


def free_folder(start: Path, name: str = "rewind-demo") -> Path:
    """`rewind-demo` in `start`, or the first of `rewind-demo-2`, `-3`, ... that is free."""
    candidate, number = start / name, 1
    while candidate.exists():
        number += 1
        candidate = start / f"{name}-{number}"
    return candidate


def make_repository(
    folder: Path, not_committed: Collection[str] = (), versions: Sequence[Version] = VERSIONS
) -> None:
    """Fills `folder` with the pipeline and its commits, without `not_committed`, which its git
    ignores. Raises FolderInUse, GitFailed."""
    if folder.exists() and any(folder.iterdir()):
        raise FolderInUse(str(folder))
    shutil.copytree(pipeline_folder(), folder, ignore=_NOT_COPIED, dirs_exist_ok=True)
    for name in not_committed:
        (folder / name).unlink(missing_ok=True)
        with (folder / ".gitignore").open("a", encoding="utf-8") as ignored:
            ignored.write(f"{name}\n")
    in_repository(folder, "init", "--quiet", "--initial-branch=main")
    for version in versions:
        commit_as_it_is(folder, version)


def commit_as_it_is(folder: Path, version: Version) -> None:
    """Commits what lies there, with the version's edits. Raises GitFailed."""
    for edit in version.edits:
        path = folder / edit.file
        text = path.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise AssertionError(f"{edit.file} of the pipeline no longer holds the story's text")
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    in_repository(folder, "add", "--all")
    author = f"{version.author} <{version.author.lower()}@example.com>"
    in_repository(folder, "commit", "--quiet", f"--author={author}", f"--message={version.subject}")
    if version.tag is not None:
        in_repository(folder, "tag", version.tag)


def in_repository(folder: Path, *arguments: str) -> None:
    """Runs git free of the user's hooks and signing, with a committer of its own. Raises
    GitFailed."""
    settings = (
        "user.name=Demo",
        "user.email=demo@example.com",
        "commit.gpgsign=false",
        "tag.gpgsign=false",
        "core.hooksPath=/dev/null",
        "core.autocrlf=false",
    )
    options = [part for setting in settings for part in ("-c", setting)]
    done = run(["git", *options, *arguments], folder=folder)
    if done.status != 0:
        raise GitFailed(f"git {' '.join(arguments)}", done.error_text.strip())


def load_data(folder: Path, data: Path | None, loading: Loading) -> str:
    """Runs the pipeline's own loader, as anyone would by hand; returns what it reports.

    `data` is a folder of AdventureWorks CSV files; None: rows are generated.
    Raises DataUnusable.
    """
    arguments = [sys.executable, "load.py", *loading.arguments]
    if data is not None:
        arguments += ["--from", str(data.absolute())]
    done = run(arguments, folder=folder, environment=loading.environment)
    if done.status != 0:
        raise DataUnusable(done.error_text.strip().removeprefix("error: "))
    return done.text.rstrip()
