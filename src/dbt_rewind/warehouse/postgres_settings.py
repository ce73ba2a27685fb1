"""From a dbt-postgres profile to what opens a connection, as dbt-postgres opens one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_APPLICATION: Final = "dbt-rewind"
_CONNECT_TIMEOUT: Final = 10
_RETRIES: Final = 1

_PASSED_ON: Final = ("sslcert", "sslkey", "sslrootcert")
_BARE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """How to connect. `parameters` are libpq's, with the password, so they are never shown.

    `retries` is how often a failed attempt is repeated; `role` is what the session becomes by SET
    ROLE (None: it stays who logged in), and not quoted.
    """

    parameters: Mapping[str, str | int] = field(repr=False)
    retries: int
    role: str | None

    @property
    def server(self) -> str:
        """Where the server is, for messages: `db.example.com:5432`."""
        return f"{self.parameters['host'] or 'localhost'}:{self.parameters['port']}"

    @property
    def place(self) -> str:
        """Where the database is, for messages: `shop on db.example.com:5432`."""
        return f"{self.parameters['dbname']} on {self.server}"


def postgres_settings(settings: Mapping[str, Any]) -> PostgresSettings:
    """What the rendered target `settings` asks for; `config.postgres_shapes` found it well formed.

    What the profile leaves out, a password among it, libpq takes from its own places: PGPASSWORD,
    ~/.pgpass, PGSERVICE. `threads` and `schema` are of no concern to a connection.
    """
    parameters: dict[str, str | int] = {
        "host": settings["host"],
        "port": settings["port"],
        "user": settings["user"],
        "dbname": _either(settings, "dbname", "database"),
        "connect_timeout": _given(settings, "connect_timeout", _CONNECT_TIMEOUT),
        "application_name": settings.get("application_name") or _APPLICATION,
    }
    if password := _either(settings, "password", "pass"):
        parameters["password"] = password
    if idle := settings.get("keepalives_idle"):
        parameters["keepalives_idle"] = idle
    if search_path := settings.get("search_path"):
        parameters["options"] = "-c search_path=" + search_path.replace(" ", "\\ ")
    if mode := settings.get("sslmode"):
        parameters["sslmode"] = mode
    for name in _PASSED_ON:
        if settings.get(name) is not None:
            parameters[name] = settings[name]
    role = settings.get("role")
    return PostgresSettings(
        parameters,
        retries=_given(settings, "retries", _RETRIES),
        role=_role_name(role) if role else None,
    )


def _role_name(role: str) -> str | None:
    """Whom SET ROLE makes of the setting, which dbt writes into the statement as it is."""
    if role.lower() == "none":
        return None
    if role[0] == role[-1] == '"' and len(role) > 2:
        return role[1:-1].replace('""', '"')
    if role[0] == role[-1] == "'" and len(role) > 2:
        return role[1:-1].replace("''", "'")
    # Without quotes the server makes a name lower case. What is no bare name would not be taken
    # from dbt at all; quoted by us, it names a role just as well.
    return role.lower() if _BARE_NAME.fullmatch(role) else role


def _either(settings: Mapping[str, Any], name: str, alias: str) -> Any:
    found = settings.get(name)
    return found if found is not None else settings.get(alias)


def _given(settings: Mapping[str, Any], name: str, default: int) -> int:
    found = settings.get(name)
    return default if found is None else int(found)
