"""The warehouse refuses, fails or cannot be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError


class WarehouseError(RewindError):
    """Exit 12: the database."""

    exit_code: ClassVar[ExitCode] = ExitCode.WAREHOUSE


@dataclass(eq=False)
class WarehouseLocked(WarehouseError):
    """Another process has the DuckDB file open."""

    slug: ClassVar[str] = "warehouse-locked"

    path: str
    pid: int | None

    @property
    def message(self) -> str:
        who = f"process {self.pid}" if self.pid else "another process"
        return f"{self.path} is in use by {who}"

    @property
    def hint(self) -> str:
        return "DuckDB admits one process at a time: wait for it, or end it, and try again"


@dataclass(eq=False)
class WarehouseMissing(WarehouseError):
    """The database is not there."""

    slug: ClassVar[str] = "warehouse-missing"

    path: str

    @property
    def message(self) -> str:
        return f"{self.path} cannot be opened: the folder or the database does not exist"

    @property
    def hint(self) -> str:
        return "check `path:` in profiles.yml"


@dataclass(eq=False)
class WarehouseFailed(WarehouseError):
    """The database refused a statement in a way we do not know."""

    slug: ClassVar[str] = "warehouse-failed"

    doing: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.doing} failed: {self.problem}"

    @property
    def hint(self) -> str:
        return (
            "correct the cause and run the command again; an unfinished transaction left "
            "nothing behind"
        )


@dataclass(eq=False)
class PublishUnfinished(WarehouseError):
    """Pointers that move one by one have stopped in the middle."""

    slug: ClassVar[str] = "publish-unfinished"

    environment: str
    problem: str

    @property
    def message(self) -> str:
        return (
            f"a publish to {self.environment} has moved some names and not others, and stopped:"
            f" {self.problem}"
        )

    @property
    def hint(self) -> str:
        return "correct the cause and run `rewind recover`, which finishes the publish"


@dataclass(eq=False)
class DiskFull(WarehouseError):
    """The disk is full."""

    slug: ClassVar[str] = "disk-full"

    path: str

    @property
    def message(self) -> str:
        return f"no space left on the disk that holds {self.path}"

    @property
    def hint(self) -> str:
        return "free some space and run the command again; users still see the live release"


@dataclass(eq=False)
class NotAtomic(WarehouseError):
    """The pointers of one release lie in databases that share no transaction."""

    slug: ClassVar[str] = "not-atomic"

    databases: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"one publish would have to write to several databases: {', '.join(self.databases)}"

    @property
    def hint(self) -> str:
        return (
            "keep the project's models in one database: this warehouse cannot write to two "
            "in one transaction"
        )


@dataclass(eq=False)
class WarehouseUnreachable(WarehouseError):
    """No server answers."""

    slug: ClassVar[str] = "warehouse-unreachable"

    server: str
    problem: str

    @property
    def message(self) -> str:
        return f"cannot connect to {self.server}: {self.problem}"

    @property
    def hint(self) -> str:
        return (
            "check the target's host and port in profiles.yml, that the server runs, and that"
            " firewalls let this machine reach it; `dbt debug` connects in the same way"
        )


@dataclass(eq=False)
class ConnectionLost(WarehouseError):
    """The server shuts down, has ended the connection, or cannot be heard any more."""

    slug: ClassVar[str] = "connection-lost"

    server: str
    doing: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.doing} failed: lost the connection to {self.server}: {self.problem}"

    @property
    def hint(self) -> str:
        return "users see what they saw before; run the command again once the server is back"


@dataclass(eq=False)
class CommitUnconfirmed(WarehouseError):
    """The connection was lost before the server said whether it had committed, and nobody could be
    asked."""

    slug: ClassVar[str] = "commit-unconfirmed"

    server: str
    doing: str
    problem: str

    @property
    def message(self) -> str:
        return (
            f"{self.doing}: lost the connection to {self.server} before it said whether this was"
            f" committed: {self.problem}"
        )

    @property
    def hint(self) -> str:
        return (
            "all of it was, or nothing; run `rewind recover` once the server is back, and"
            " `rewind status` says what is live"
        )


@dataclass(eq=False)
class PermissionMissing(WarehouseError):
    """The user of the connection may not do something that is needed. `grants` are the statements
    that allow it, where they are known."""

    slug: ClassVar[str] = "permission-missing"

    doing: str
    problem: str
    grants: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        return f"{self.doing} is not allowed: {self.problem}"

    @property
    def hint(self) -> str:
        if not self.grants:
            return "grant the privilege to the user in profiles.yml, and run the command again"
        if len(self.grants) == 1:
            return f"have whoever may grant it run: {self.grants[0]}"
        return "have whoever may grant it run these statements"

    @property
    def details(self) -> tuple[str, ...]:
        return tuple(f"{grant};" for grant in self.grants) if len(self.grants) > 1 else ()


@dataclass(eq=False)
class NameTooLong(WarehouseError):
    """A name is longer than the database can keep it."""

    slug: ClassVar[str] = "name-too-long"

    name: str
    longest: int
    unit: str = "bytes"

    @property
    def message(self) -> str:
        return (
            f"the name {self.name} is longer than the {self.longest} {self.unit} that the database"
            " keeps"
        )

    @property
    def hint(self) -> str:
        return "give the model, or its schema, a shorter name"
