"""Copies of a SQL Server database, which the server makes and keeps. Never tried on a server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dbt_rewind import clock
from dbt_rewind.backups import sqlserver_sql as sql
from dbt_rewind.backups.protocol import Aside, Traits
from dbt_rewind.errors import BackupDamaged, BackupUnsupported
from dbt_rewind.warehouse.sqlserver_open import open_session
from dbt_rewind.warehouse.sqlserver_session import Session
from dbt_rewind.warehouse.sqlserver_settings import sqlserver_settings

_FILE: Final = "server.json"
_ONLINE: Final = "ONLINE"
_LONGEST: Final = 128
_WAIT: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SqlServerBackups:
    """The database that the profile's `settings` lead to; `folder` is where its backups go, as the
    server sees it."""

    settings: Mapping[str, Any]
    folder: str | None

    traits = Traits("sqlserver", in_folder=False, tried=False)

    @property
    def _name(self) -> str:
        return str(self.settings["database"])

    def require_ready(self) -> None:
        if not self.folder:
            raise BackupUnsupported(
                "SQL Server where nobody has said which folder it may write to",
                "set `backups.server_folder` in rewind.yml, as the server itself sees it",
            )

    def copy(self, folder: Path, name: str) -> None:
        """The server writes the copy, checks it, and keeps it; our folder has its place."""
        path = _in_folder(str(self.folder), f"{self._name}_{name}.bak")
        with self._server() as session:
            session.run(f"backing up {self._name}", sql.backup_database(self._name, path))
            session.rows(f"checking {path}", sql.verify_backup(path))
        (folder / _FILE).write_text(json.dumps({"path": path}, indent=2) + "\n")

    def put_aside(self, folder: Path, name: str, purpose: str) -> Aside:
        path, aside = _stored_path(folder / _FILE, name), self._aside(purpose)
        with self._server() as session:
            session.rows(f"checking {path}", sql.verify_backup(path))
            files = _moved(session.rows(f"reading {path}", sql.list_files(path)), aside)
            _drop(session, aside)
            restore = sql.restore_database(aside, path, files)
            session.rows(f"restoring {path} as {aside}", restore)
        return Aside(f"{aside} on {self._place}", {"database": aside}, aside)

    def drop_aside(self, purpose: str) -> None:
        with self._server() as session:
            _drop(session, self._aside(purpose))

    def kept_name(self, at: datetime) -> str:
        return _fitting(self._name, f"_corrupt_{at:%Y%m%d_%H%M%S}")

    def exchange(self, purpose: str, kept: str) -> bool:
        """Everybody is disconnected, and the names change one by one: a name is asked for before it
        is given. A database that is not online cannot be renamed: the server forgets it, and its
        files stay where they are."""
        here, aside = self._name, self._aside(purpose)
        with self._server() as session:
            if _status(session, aside) is not None:
                try:
                    _give_up(session, here, kept)
                    session.run(f"closing {aside}", sql.single_user(aside))
                    session.run(f"renaming {aside}", sql.rename_database(aside, here))
                except BaseException:
                    if _status(session, here) is None and _status(session, kept) == _ONLINE:
                        session.run(f"renaming {kept} back", sql.rename_database(kept, here))
                    raise
                finally:
                    _open(session, here)
            return _open(session, kept)

    def forget(self, folder: Path, name: str) -> None:
        """The server has no statement that deletes a file: it stays, and is the server's own."""

    @property
    def _place(self) -> str:
        return sqlserver_settings(self.settings).place.partition(" on ")[2]

    def _aside(self, purpose: str) -> str:
        return _fitting(self._name, f"_rewind_{purpose}")

    @contextmanager
    def _server(self) -> Iterator[Session]:
        """A session in `master`, from which every database can be renamed."""
        settings = sqlserver_settings({**self.settings, "database": "master"})
        session = open_session(settings, read_only=False, wait=_WAIT)
        try:
            yield session
        finally:
            session.close()


def _status(session: Session, database: str) -> str | None:
    row = session.row(f"looking for the database {database}", sql.STATUS, name=database)
    return None if row is None else str(row[0])


def _give_up(session: Session, database: str, kept: str) -> None:
    """Takes its name from the database, if there is one."""
    status = _status(session, database)
    if status == _ONLINE:
        session.run(f"closing {database}", sql.single_user(database))
        session.run(f"renaming {database}", sql.rename_database(database, kept))
    elif status is not None:
        session.run(f"closing {database}", sql.offline(database))
        session.run(f"forgetting {database}", sql.drop_database(database))


def _open(session: Session, database: str) -> bool:
    """Lets everybody connect again, and returns whether there is such a database."""
    status = _status(session, database)
    if status == _ONLINE:
        session.run(f"opening {database}", sql.multi_user(database))
    return status is not None


def _drop(session: Session, database: str) -> None:
    """Only of names that we have given."""
    status = _status(session, database)
    if status is None:
        return
    if status == _ONLINE:
        session.run(f"closing {database}", sql.single_user(database))
    session.run(f"removing {database}", sql.drop_database(database))


def _moved(files: list[tuple[Any, ...]], aside: str) -> dict[str, str]:
    """Where each file of the copy is to be: beside the original, under a name that no file has."""
    stamp = f"{clock.now():%Y%m%d%H%M%S%f}"
    moved = {}
    for number, (logical, physical, *_) in enumerate(files, start=1):
        folder, _, file = str(physical).replace("\\", "/").rpartition("/")
        suffix = Path(file).suffix
        place = str(physical)[: len(folder)]
        moved[str(logical)] = _in_folder(place, f"{aside}_{stamp}_{number}{suffix}")
    return moved


def _in_folder(folder: str, file: str) -> str:
    """The file's path on the server, whose system may be another than ours."""
    separator = "\\" if "\\" in folder or re.fullmatch(r"[A-Za-z]:", folder) else "/"
    safe = re.sub(r'[\\/:*?"<>|]', "_", file)
    return f"{folder.rstrip(separator)}{separator}{safe}"


def _stored_path(file: Path, backup: str) -> str:
    try:
        return str(json.loads(file.read_bytes())["path"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupDamaged(backup, f"{file} cannot be read") from error


def _fitting(name: str, suffix: str) -> str:
    return name[: _LONGEST - len(suffix)] + suffix
