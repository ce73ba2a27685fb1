"""The folder with an environment's backups, which can be read when the database is gone."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from dbt_rewind.backups.files import flush, stored_files
from dbt_rewind.engine.backups.record import (
    Backup,
    backup_id,
    backup_number,
    decode_backup,
    encode_backup,
)
from dbt_rewind.errors import BackupDamaged, BackupFailed, BackupNotFound

RECORD: Final = "backup.json"
DATA: Final = "data"
_HALF: Final = ".half"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The backups of `environment`, each in a folder of its own (`B3`) in `folder`: the record
    `backup.json`, and the copy in `data`."""

    environment: str
    folder: Path

    def all(self) -> tuple[Backup, ...]:
        """Those whose record can be read, the newest first."""
        found = []
        for number in self._numbers():
            try:
                found.append(self._read(number))
            except BackupDamaged:
                continue
        return tuple(found)

    def damaged(self) -> tuple[str, ...]:
        """The ids of those whose record cannot be read, the newest first."""
        known = {backup.number for backup in self.all()}
        return tuple(backup_id(number) for number in self._numbers() if number not in known)

    def find(self, wanted: str | None) -> Backup:
        """The backup with that id; without one, the newest. Raises BackupNotFound,
        BackupDamaged."""
        number = backup_number(wanted) if wanted is not None else None
        if number is not None and number in self._numbers():
            return self._read(number)
        known = self.all()
        if wanted is None and known:
            return known[0]
        ids = tuple(backup.id for backup in known)
        raise BackupNotFound(self.environment, wanted, str(self.folder), ids)

    def data(self, backup: Backup) -> Path:
        """The folder with the copy."""
        return self.folder / backup.id / DATA

    def next_number(self) -> int:
        return max(self._numbers(), default=0) + 1

    def add(self, backup: Backup, copy: Callable[[Path], None]) -> Backup:
        """Has `copy` fill the folder that it is given, and keeps that with the backup's record:
        whole, or not at all. Returns the record with the files. Raises BackupFailed, and what
        `copy` raises."""
        half = self.folder / f"{backup.id}{_HALF}"
        began = time.perf_counter()
        try:
            self._remove_half()
            (half / DATA).mkdir(parents=True, mode=0o700)
            copy(half / DATA)
            files = stored_files(half / DATA)
            size = sum(file.bytes for file in files)
            seconds = time.perf_counter() - began
            whole = replace(backup, files=files, bytes=size, seconds=seconds)
            _write(half / RECORD, encode_backup(whole))
            half.rename(self.folder / backup.id)
            flush(self.folder)
        except OSError as error:
            raise BackupFailed(f"writing {half}", error.strerror or str(error)) from error
        finally:
            shutil.rmtree(half, ignore_errors=True)
        return whole

    def mark_verified(self, backup: Backup, at: datetime) -> Backup:
        """Records that it was proven to be whole."""
        verified = replace(backup, verified_at=at)
        path = self.folder / backup.id / RECORD
        half = path.with_name(RECORD + _HALF)
        try:
            _write(half, encode_backup(verified))
            half.replace(path)
        except OSError as error:
            raise BackupFailed(f"writing {path}", error.strerror or str(error)) from error
        return verified

    def remove(self, backup: Backup) -> None:
        """Deletes the backup: its name goes first, so that half of one is never taken for one."""
        half = self.folder / f"{backup.id}{_HALF}"
        try:
            shutil.rmtree(half, ignore_errors=True)
            (self.folder / backup.id).rename(half)
            shutil.rmtree(half)
        except OSError as error:
            raise BackupFailed(f"removing {backup.id}", error.strerror or str(error)) from error

    def _numbers(self) -> Sequence[int]:
        try:
            names = [path.name for path in self.folder.iterdir() if path.is_dir()]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise BackupFailed(f"reading {self.folder}", error.strerror or str(error)) from error
        found = (backup_number(name) for name in names)
        return sorted((number for number in found if number is not None), reverse=True)

    def _read(self, number: int) -> Backup:
        name = backup_id(number)
        path = self.folder / name / RECORD
        try:
            content = path.read_bytes()
        except OSError as error:
            problem = f"{path} cannot be read: {error.strerror or error}"
            raise BackupDamaged(name, problem) from error
        backup = decode_backup(content, name)
        if backup.environment != self.environment or backup.number != number:
            raise BackupDamaged(name, f"it is {backup.id} of {backup.environment}")
        return backup

    def _remove_half(self) -> None:
        """What a kill has left of making or removing one."""
        for path in self.folder.glob(f"*{_HALF}"):
            shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
