"""Copies of a PostgreSQL database, by the server's own client programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from dbt_rewind.backups import postgres_sql as sql
from dbt_rewind.backups.files import require_room
from dbt_rewind.backups.postgres_programs import conninfo, find_program, run_program
from dbt_rewind.backups.protocol import Aside, Traits
from dbt_rewind.errors import BackupDamaged, DatabaseMissing
from dbt_rewind.warehouse.postgres_open import open_session
from dbt_rewind.warehouse.postgres_session import Session
from dbt_rewind.warehouse.postgres_settings import PostgresSettings

_DUMP: Final = "dump"
_PROPERTIES: Final = "database.json"
_LONGEST: Final = 63
_ELSEWHERE: Final = ("postgres", "template1")
"""Databases that are on every server, from which another one can be renamed."""

_SHARE_ON_DISK: Final = 10
"""A dump is compressed, and rarely takes more than a tenth; less room than that is too little."""


@dataclass(frozen=True, slots=True)
class PostgresBackups:
    """The database that `settings` lead to; `jobs` tables are copied at a time."""

    settings: PostgresSettings
    jobs: int
    pg_dump: str | None = None
    pg_restore: str | None = None

    traits = Traits("postgres")

    @property
    def _name(self) -> str:
        return str(self.settings.parameters["dbname"])

    def require_ready(self) -> None:
        find_program("pg_dump", self.pg_dump)
        find_program("pg_restore", self.pg_restore)

    def copy(self, folder: Path, name: str) -> None:  # noqa: ARG002 - one copy in one folder
        """One snapshot of everything, whatever is written meanwhile; and what a dump leaves out:
        who owns the database, who may connect to it, how it sorts."""
        with self._session(self._name) as session:
            program = find_program("pg_dump", self.pg_dump, _version(session))
            size = session.row("measuring the database", sql.SIZE, [self._name])
            properties = _read_properties(session, self._name)
        needed = int(size[0]) // _SHARE_ON_DISK if size else 0
        require_room(folder, needed, f"copying {self.settings.place}")
        (folder / _PROPERTIES).write_text(json.dumps(properties, indent=2) + "\n")
        run_program(
            program,
            [
                "--format=directory",
                f"--jobs={self.jobs}",
                f"--file={folder / _DUMP}",
                f"--dbname={conninfo(self.settings)}",
            ],
            self.settings,
        )

    def put_aside(self, folder: Path, name: str, purpose: str) -> Aside:
        properties = _stored_properties(folder / _PROPERTIES, name)
        aside = self._aside(purpose)
        with self._elsewhere() as session:
            program = find_program("pg_restore", self.pg_restore, _version(session))
            session.run(f"removing {aside}", sql.drop_database(aside))
            session.run(f"making {aside}", sql.create_database(aside, properties))
        target = self._leading_to(aside)
        run_program(
            program,
            [
                "--exit-on-error",
                f"--jobs={self.jobs}",
                f"--dbname={conninfo(target)}",
                str(folder / _DUMP),
            ],
            target,
        )
        # Last: a setting of the database, such as one that forbids writing, would be in the way.
        with self._elsewhere() as session:
            for statement in sql.dress(aside, properties):
                session.run(f"making {aside} like {self._name}", statement)
        return Aside(target.place, {"dbname": aside}, aside)

    def drop_aside(self, purpose: str) -> None:
        aside = self._aside(purpose)
        with self._elsewhere() as session:
            session.run(f"removing {aside}", sql.drop_database(aside))

    def kept_name(self, at: datetime) -> str:
        return _fitting(self._name, f"_corrupt_{at:%Y%m%d_%H%M%S}")

    def exchange(self, purpose: str, kept: str) -> bool:
        """Nobody can connect to the old database any more, whoever is connected is disconnected,
        and both names move in one transaction. Nothing of the old database is read, so that its
        files may be gone."""
        here, aside = self._name, self._aside(purpose)
        with self._elsewhere() as session:
            if _is_there(session, aside):
                was_there = _is_there(session, here)
                try:
                    if was_there:
                        session.run(f"closing {here}", sql.allow_connections(here, False))
                        session.rows(f"disconnecting all from {here}", sql.SESSIONS, [here])
                    session.rows(f"disconnecting all from {aside}", sql.SESSIONS, [aside])
                    with session.transaction(f"putting {aside} in the place of {here}"):
                        if was_there:
                            session.run(f"renaming {here}", sql.rename_database(here, kept))
                        session.run(f"renaming {aside}", sql.rename_database(aside, here))
                except BaseException:
                    if was_there and _is_there(session, here):
                        session.run(f"opening {here} again", sql.allow_connections(here, True))
                    raise
            found = _is_there(session, kept)
            if found:
                # For whoever wants to see what can still be read there.
                session.run(f"opening {kept} again", sql.allow_connections(kept, True))
            return found

    def forget(self, folder: Path, name: str) -> None:
        pass

    def _aside(self, purpose: str) -> str:
        return _fitting(self._name, f"_rewind_{purpose}")

    def _leading_to(self, database: str) -> PostgresSettings:
        return replace(self.settings, parameters={**self.settings.parameters, "dbname": database})

    @contextmanager
    def _session(self, database: str) -> Iterator[Session]:
        session = open_session(self._leading_to(database), read_only=False)
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def _elsewhere(self) -> Iterator[Session]:
        """A session on the same server, in another database."""
        first, second = (name for name in _ELSEWHERE)
        try:
            session = open_session(self._leading_to(first), read_only=False)
        except DatabaseMissing:
            session = open_session(self._leading_to(second), read_only=False)
        try:
            yield session
        finally:
            session.close()


def _version(session: Session) -> int:
    """The server's major version."""
    row = session.row("asking for the server's version", sql.VERSION)
    return int(row[0]) // 10_000 if row else 0


def _is_there(session: Session, database: str) -> bool:
    doing = f"looking for the database {database}"
    return session.row(doing, sql.EXISTS, [database]) is not None


def _read_properties(session: Session, name: str) -> dict[str, Any]:
    doing = f"reading what {name} is like"
    row = session.row(doing, sql.PROPERTIES, [name])
    if row is None:
        raise DatabaseMissing(name, session.server)
    catalogue, encoding, owner, comment = row
    grants = session.rows(doing, sql.GRANTS, [name])
    return {
        "owner": owner,
        "encoding": encoding,
        "collate": catalogue["datcollate"],
        "ctype": catalogue["datctype"],
        # Older servers call it otherwise, or do not know it.
        "provider": catalogue.get("datlocprovider"),
        "locale": catalogue.get("datlocale") or catalogue.get("daticulocale"),
        "icu_rules": catalogue.get("daticurules"),
        "connection_limit": catalogue["datconnlimit"],
        "comment": comment,
        "settings": [row[0] for row in session.rows(doing, sql.SETTINGS, [name])],
        "grants": None
        if catalogue["datacl"] is None
        else [
            {"role": role, "public": public, "privilege": privilege, "grantable": grantable}
            for role, public, privilege, grantable in grants
        ],
    }


def _stored_properties(path: Path, backup: str) -> Mapping[str, Any]:
    try:
        properties: Mapping[str, Any] = json.loads(path.read_bytes())
        properties["owner"], properties["encoding"], properties["collate"], properties["ctype"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupDamaged(backup, f"{path} cannot be read") from error
    return properties


def _fitting(name: str, suffix: str) -> str:
    """The name with the suffix, cut where that would be too long for the server."""
    longest = _LONGEST - len(suffix)
    return name.encode()[:longest].decode("utf-8", "ignore") + suffix
