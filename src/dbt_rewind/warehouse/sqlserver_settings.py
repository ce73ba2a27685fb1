"""From a dbt-sqlserver profile to what opens a connection with mssql-python.

The driver is part of that package, so that the profile's `driver` and `backend`, which tell dbt
what to use, are of no concern to us; nor are `threads`, `schema` and `trace_flag`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dbt_rewind.config.sqlserver_auth import Authentication, authentication

_PORT: Final = 1433
_RETRIES: Final = 3

_WITH_TOKEN: Final = (Authentication.CLI, Authentication.ENVIRONMENT, Authentication.ACCESS_TOKEN)
"""Ways to log in for which the connection string has no word: they bring a token instead."""


@dataclass(frozen=True, slots=True)
class Token:
    """Where an access token comes from; `given` is the token itself, with the time (in seconds
    since 1970) at which it ends, 0 where that is not known."""

    way: Authentication
    given: str | None = field(default=None, repr=False)
    expires_on: int = 0


@dataclass(frozen=True, slots=True)
class SqlServerSettings:
    """How to connect. The connection string holds the password, so it is never shown.

    `place` says for people where it leads. The timeouts are in seconds, 0 for none of ours.
    """

    connection_string: str = field(repr=False)
    place: str
    token: Token | None = None
    retries: int = _RETRIES
    login_timeout: int = 0
    query_timeout: int = 0


def sqlserver_settings(settings: Mapping[str, Any]) -> SqlServerSettings:
    """What the rendered target `settings` asks for; `config.sqlserver_shapes` found it well
    formed."""
    way = authentication(settings)
    server = _server(settings)
    trusts = _first(settings, "trust_cert", "TrustServerCertificate")
    words = {
        "Server": server,
        "Database": settings["database"],
        **_login(way, settings),
        "Encrypt": "no" if settings.get("encrypt") is False else "yes",
        "TrustServerCertificate": "yes" if trusts else "no",
    }
    return SqlServerSettings(
        ";".join(f"{name}={_value(word)}" for name, word in words.items()),
        place=f"{settings['database']} on {server.replace(',', ':')}",
        token=_token(way, settings),
        retries=_number(settings, "retries", _RETRIES),
        login_timeout=_number(settings, "login_timeout", 0),
        query_timeout=_number(settings, "query_timeout", 0),
    )


def _server(settings: Mapping[str, Any]) -> str:
    host = str(_first(settings, "host", "server")).strip()
    port = _number(settings, "port", _PORT)
    # A named instance is looked up by its name, and its port with it.
    return host if "\\" in host or not port else f"{host},{port}"


def _login(way: Authentication | None, settings: Mapping[str, Any]) -> dict[str, str]:
    if way is Authentication.WINDOWS:
        return {"Trusted_Connection": "yes"}
    said = {} if way in {Authentication.SQL, *_WITH_TOKEN} else {"Authentication": way}
    user, password = _identity(way, settings)
    words = {**said, "UID": user, "PWD": password}
    return {name: str(word) for name, word in words.items() if word}


def _identity(
    way: Authentication | None, settings: Mapping[str, Any]
) -> tuple[str | None, str | None]:
    """The words for who it is and how that is proved, as far as this way to log in has them."""
    user = _first(settings, "user", "username", "UID")
    match way:
        case Authentication.SQL | Authentication.PASSWORD:
            return user, _first(settings, "password", "pass", "PWD")
        case Authentication.SERVICE_PRINCIPAL:
            # The server tells its tenant, so that `tenant_id` is not needed.
            client = _first(settings, "client_id", "app_id")
            return client, _first(settings, "client_secret", "app_secret")
        case Authentication.MANAGED_IDENTITY | Authentication.INTERACTIVE:
            return user, None
        case _:
            return None, None


def _token(way: Authentication | None, settings: Mapping[str, Any]) -> Token | None:
    if way not in _WITH_TOKEN:
        return None
    if way is not Authentication.ACCESS_TOKEN:
        return Token(way)
    ends = _number(settings, "access_token_expires_on", 0)
    return Token(way, settings["access_token"], ends)


def _value(word: str) -> str:
    """A value as a connection string has it; in braces, nothing but a brace is special."""
    plain = word == word.strip() and not set(word) & set(";{}=")
    return word if plain else "{" + word.replace("}", "}}") + "}"


def _first(settings: Mapping[str, Any], *names: str) -> Any:
    """The setting under whichever of its names the profile uses."""
    return next((settings[name] for name in names if settings.get(name) is not None), None)


def _number(settings: Mapping[str, Any], name: str, default: int) -> int:
    found = settings.get(name)
    return default if found is None else int(found)
