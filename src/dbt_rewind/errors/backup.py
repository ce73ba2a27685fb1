"""A backup cannot be made, is not whole, or cannot be put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError
from dbt_rewind.errors.input import InputError


class BackupError(RewindError):
    """Exit 24: a copy of the database, or what was to be done with it."""

    exit_code: ClassVar[ExitCode] = ExitCode.BACKUP


@dataclass(eq=False)
class BackupUnsupported(InputError):
    """There is no way to copy a database of this kind."""

    slug: ClassVar[str] = "backup-unsupported"

    adapter: str
    instead: str

    @property
    def message(self) -> str:
        return f"dbt-rewind makes no backups of {self.adapter}"

    @property
    def hint(self) -> str:
        return self.instead


@dataclass(eq=False)
class BackupNotFound(InputError):
    """There is no such backup. `known` are the ids of those that there are, the newest first."""

    slug: ClassVar[str] = "backup-not-found"

    environment: str
    wanted: str | None
    folder: str
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        which = f"backup {self.wanted}" if self.wanted else "backup"
        return f"{self.environment} has no {which} in {self.folder}"

    @property
    def hint(self) -> str:
        if self.known:
            return f"choose one of {', '.join(self.known)}: `rewind backup list`"
        return "`rewind backup create` makes one; `backups.folder` in rewind.yml says where"


@dataclass(eq=False)
class ProgramMissing(BackupError):
    """A program that copies the database is not there."""

    slug: ClassVar[str] = "program-missing"

    program: str
    setting: str

    @property
    def message(self) -> str:
        return f"the program {self.program} was not found, or may not be executed"

    @property
    def hint(self) -> str:
        return (
            f"install the client programs of PostgreSQL, of the server's version or a newer one,"
            f" or set `backups.{self.setting}` in rewind.yml"
        )


@dataclass(eq=False)
class RestoreUnfinished(BackupError):
    """A restore was begun and has not ended; nothing else may be done to the environment."""

    slug: ClassVar[str] = "restore-unfinished"

    environment: str
    backup: str

    @property
    def message(self) -> str:
        return f"{self.environment} is being restored from {self.backup}, which has not ended"

    @property
    def hint(self) -> str:
        return (
            f"`rewind rollback --strategy restore -e {self.environment}` goes on with it, where"
            " nobody is at it"
        )


@dataclass(eq=False)
class RestoreUnreadable(BackupError):
    """The file that says how far a restore has got was damaged."""

    slug: ClassVar[str] = "restore-unreadable"

    path: str

    @property
    def message(self) -> str:
        return f"{self.path}, which says how far a restore has got, cannot be read"

    @property
    def hint(self) -> str:
        return "look which database is in its place, remove the file, and begin again"


@dataclass(eq=False)
class SentenceNeeded(InputError):
    """Whoever restores has to say what is lost by it, word for word."""

    slug: ClassVar[str] = "sentence-needed"

    sentence: str
    given: str | None

    @property
    def message(self) -> str:
        if self.given is None:
            return "a restore loses what happened since, and nobody has said that they know"
        return f"{self.given!r} is not what is lost; nothing was changed"

    @property
    def hint(self) -> str:
        return f'the same command with --confirm "{self.sentence}"'


@dataclass(eq=False)
class DatabaseShared(InputError):
    """Production lies in the same database and would go back with it."""

    slug: ClassVar[str] = "database-shared"

    environment: str
    other: str

    @property
    def message(self) -> str:
        return (
            f"{self.other}, which is in production, lies in the database of {self.environment} and"
            " would go back with it"
        )

    @property
    def hint(self) -> str:
        return f"restore it from a backup of {self.other}: `--env {self.other}`"


@dataclass(eq=False)
class BackupFailed(BackupError):
    """The copy could not be made, or not be put back. Users see what they saw."""

    slug: ClassVar[str] = "backup-failed"

    doing: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.doing} failed: {self.problem}"

    @property
    def hint(self) -> str:
        return "correct the cause and try again; nothing that users see has changed"


@dataclass(eq=False)
class BackupDamaged(BackupError):
    """A backup is not as it was written, or does not hold what was recorded of it."""

    slug: ClassVar[str] = "backup-damaged"

    backup: str
    problem: str

    @property
    def message(self) -> str:
        return f"the backup {self.backup} is of no use: {self.problem}"

    @property
    def hint(self) -> str:
        return "choose another with `--backup`: `rewind backup list`, `rewind backup verify`"
