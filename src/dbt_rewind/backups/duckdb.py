"""Copies of a DuckDB database: its one file, while nobody can write to it."""

from __future__ import annotations

import fcntl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from dbt_rewind.backups.files import copy_file, flush
from dbt_rewind.backups.protocol import Aside, Traits
from dbt_rewind.errors import (
    BackupFailed,
    BackupUnsupported,
    WarehouseLocked,
    WarehouseMissing,
)
from dbt_rewind.warehouse.duckdb_open import IN_MEMORY, open_session
from dbt_rewind.warehouse.duckdb_session import Session
from dbt_rewind.warehouse.duckdb_waiting import waiting

_COPY: Final = "database.duckdb"
_LOG: Final = ".wal"


@dataclass(frozen=True, slots=True)
class DuckDBBackups:
    """The file at `path`; `settings` and `extensions` are what the profile opens it with."""

    path: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    extensions: Sequence[str | Mapping[str, str]] = ()

    traits = Traits("duckdb")

    @property
    def _file(self) -> Path:
        """Where the file really is, so that a link to another disk stays one."""
        return Path(self.path).resolve()

    def require_ready(self) -> None:
        if self.path == IN_MEMORY:
            raise BackupUnsupported("a DuckDB in memory", "give the profile a `path:`")

    def copy(self, folder: Path, name: str) -> None:  # noqa: ARG002 - one copy in one folder
        """Whole and exact: views, comments, sequences and the ledger are in it as they are.

        A checkpoint brings all that is committed into the file; and while we have it open, no
        other process can.
        """
        doing = f"copying {self.path}"
        session = waiting(self.path, self._open)
        try:
            session.run("writing a checkpoint", "CHECKPOINT")
            log = Path(self.path + _LOG)
            if log.exists() and log.stat().st_size:
                raise BackupFailed(doing, f"somebody writes to it meanwhile ({log})")
            copy_file(Path(self.path), folder / _COPY, doing)
        finally:
            session.close()

    def put_aside(self, folder: Path, name: str, purpose: str) -> Aside:  # noqa: ARG002
        aside = self._aside(purpose)
        self.drop_aside(purpose)
        if not aside.parent.is_dir():
            raise WarehouseMissing(self.path)
        copy_file(folder / _COPY, aside, f"copying the backup to {aside}")
        if self._file.exists():
            aside.chmod(self._file.stat().st_mode & 0o777)
        # DuckDB calls a database by its file, up to the first dot.
        return Aside(str(aside), {"path": str(aside)}, aside.name.partition(".")[0])

    def drop_aside(self, purpose: str) -> None:
        for path in (self._aside(purpose), _log(self._aside(purpose))):
            path.unlink(missing_ok=True)

    def kept_name(self, at: datetime) -> str:
        return f"{self._file}.corrupt-{at:%Y%m%d-%H%M%S}"

    def exchange(self, purpose: str, kept: str) -> bool:
        """The names move one by one, the new file's last: what a kill leaves says how far it got.
        A log beside the old file goes with it, before the new one has the name."""
        here, aside = self._file, self._aside(purpose)
        if aside.exists():
            if here.exists():
                waiting(self.path, self._require_alone)
                here.rename(_free(Path(kept)))
            if _log(here).exists():
                _log(here).rename(_free(_log(Path(kept))))
            aside.rename(here)
            flush(here.parent)
        return Path(kept).exists()

    def forget(self, folder: Path, name: str) -> None:
        pass

    def _open(self) -> Session:
        return open_session(
            self.path,
            read_only=False,
            settings=self.settings,
            extensions=self.extensions,
            attach=(),
        )

    def _require_alone(self) -> None:
        """Raises WarehouseLocked where another process has the file open to write. DuckDB is not
        asked: what is wrong with the file is why it is replaced."""
        with Path(self.path).open("rb") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError as error:
                raise WarehouseLocked(self.path, None) from error

    def _aside(self, purpose: str) -> Path:
        return Path(f"{self._file}.rewind-{purpose}")


def _log(path: Path) -> Path:
    return Path(f"{path}{_LOG}")


def _free(path: Path) -> Path:
    """The path, or where something has it, the same with a number: nothing is written over."""
    number, free = 2, path
    while free.exists():
        free, number = Path(f"{path}-{number}"), number + 1
    return free
