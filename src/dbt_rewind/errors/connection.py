"""A server cannot be connected to. `place` says where it is, and never holds a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.warehouse import WarehouseError


@dataclass(eq=False)
class DriverMissing(WarehouseError):
    """The Python package that speaks with this kind of server cannot be imported."""

    slug: ClassVar[str] = "driver-missing"

    package: str
    extra: str
    problem: str

    @property
    def message(self) -> str:
        return (
            f"the Python package {self.package} is needed for {self.extra} and cannot be imported:"
            f" {self.problem}"
        )

    @property
    def hint(self) -> str:
        return f"install it beside dbt-rewind: pip install 'dbt-rewind[{self.extra}]'"


@dataclass(eq=False)
class ServerNotReady(WarehouseError):
    """The server runs but takes no connections at the moment: it starts, stops or recovers."""

    slug: ClassVar[str] = "server-not-ready"

    place: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.place} takes no connections at the moment: {self.problem}"

    @property
    def hint(self) -> str:
        return "run the command again when the server has started; its log says how far it is"


@dataclass(eq=False)
class ServerFull(WarehouseError):
    """The server has as many connections as it, or this account, may have."""

    slug: ClassVar[str] = "server-full"

    place: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.place} has no connection left: {self.problem}"

    @property
    def hint(self) -> str:
        return (
            "try again in a moment, end sessions that nobody needs, or raise the server's limit;"
            " rewind needs two connections, and dbt one a thread"
        )


@dataclass(eq=False)
class LoginRefused(WarehouseError):
    """The server does not let this account in."""

    slug: ClassVar[str] = "login-refused"

    place: str
    user: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.place} does not let {self.user} in: {self.problem}"

    @property
    def hint(self) -> str:
        return (
            "check the target's user, password and role in profiles.yml; `dbt debug` logs in the"
            " same way"
        )


@dataclass(eq=False)
class DatabaseMissing(WarehouseError):
    """The server is there, the database is not."""

    slug: ClassVar[str] = "database-missing"

    database: str
    server: str

    @property
    def message(self) -> str:
        return f"{self.server} has no database {self.database!r}"

    @property
    def hint(self) -> str:
        return "check the target's database in profiles.yml, or create it"


@dataclass(eq=False)
class EncryptionFailed(WarehouseError):
    """Server and profile do not agree on how the connection is encrypted."""

    slug: ClassVar[str] = "encryption-failed"

    place: str
    problem: str
    setting: str

    @property
    def message(self) -> str:
        return f"no encrypted connection to {self.place}: {self.problem}"

    @property
    def hint(self) -> str:
        return f"correct {self.setting} of the target in profiles.yml"
