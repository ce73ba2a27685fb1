"""Copying files, and telling whether they are as they were written."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dbt_rewind.errors import BackupDamaged, BackupFailed
from dbt_rewind.process import run


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a backup: its path in the folder, its bytes and their SHA-256 (hexadecimal)."""

    path: str
    bytes: int
    sha256: str


def copy_file(source: Path, target: Path, doing: str) -> None:
    """Copies the file in a process of its own, and has it on the disk when it returns.

    Who closes a file that it has locked gives up all its locks on it, whichever handle it was: so
    that nobody here may open what DuckDB has open. Raises BackupFailed.
    """
    require_room(target.parent, source.stat().st_size, doing)
    done = run(["cp", "--", str(source), str(target)])
    if done.status != 0:
        target.unlink(missing_ok=True)
        raise BackupFailed(doing, done.error_text.strip() or f"cp ended with {done.status}")
    flush(target)


def require_room(folder: Path, needed: int, doing: str) -> None:
    """Raises BackupFailed where the disk that holds `folder` has no room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        problem = f"it needs {needed:,} bytes, and {folder} has {free:,} free"
        raise BackupFailed(doing, problem)


def flush(path: Path) -> None:
    """Has the file or the folder on the disk when it returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def stored_files(folder: Path) -> tuple[StoredFile, ...]:
    """All files in the folder, flushed to the disk, in the order of their paths."""
    found = []
    for path in _files(folder):
        flush(path)
        name = path.relative_to(folder).as_posix()
        found.append(StoredFile(name, path.stat().st_size, digest_of_file(path)))
    return tuple(found)


def require_whole(folder: Path, files: tuple[StoredFile, ...], backup: str) -> None:
    """Raises BackupDamaged where a file is missing, or not as it was written."""
    for file in files:
        path = folder / file.path
        try:
            same = path.stat().st_size == file.bytes and digest_of_file(path) == file.sha256
        except OSError as error:
            problem = f"{path} cannot be read: {error.strerror or error}"
            raise BackupDamaged(backup, problem) from error
        if not same:
            raise BackupDamaged(backup, f"{path} is not as it was written")


def digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(path for path in folder.rglob("*") if path.is_file()))
