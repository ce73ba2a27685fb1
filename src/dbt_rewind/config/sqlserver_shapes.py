"""What a dbt-sqlserver profile's settings must look like for us to connect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from dbt_rewind.config.setting_shapes import (
    Shape,
    misshapen_values,
    missing,
    said_twice,
    text,
    truth,
    whole_number,
)
from dbt_rewind.config.sqlserver_auth import NEEDS, Authentication, accepted, authentication

_NEEDED: Final = (("host", "server"), ("database",), ("schema",))
_ALIASES: Final = (
    ("host", "server"),
    ("user", "username", "UID"),
    ("password", "pass", "PWD"),
    ("windows_login", "trusted_connection"),
    ("authentication", "auth"),
    ("client_id", "app_id"),
    ("client_secret", "app_secret"),
    ("trust_cert", "TrustServerCertificate"),
)
_TEXTS: Final = (
    *("host", "server", "database", "schema", "user", "username", "UID", "password", "pass", "PWD"),
    *("authentication", "auth", "client_id", "app_id", "client_secret", "app_secret", "tenant_id"),
    "access_token",
)
_TRUTHS: Final = (
    *("windows_login", "trusted_connection", "encrypt", "trust_cert", "TrustServerCertificate"),
)
_SHAPES: Final[Mapping[str, Shape]] = {
    **dict.fromkeys(_TEXTS, text),
    **dict.fromkeys(_TRUTHS, truth),
    "port": whole_number(0, 65_535),
    "retries": whole_number(0),
    "login_timeout": whole_number(0),
    "query_timeout": whole_number(0),
    "access_token_expires_on": whole_number(0),
}
_DIRECTORY: Final = "activedirectory"


def misshapen(settings: Mapping[str, Any]) -> str | None:
    """What is wrong with the rendered settings, None where nothing is; quotes no value but the
    name of a way to log in."""
    return next(_problems(settings), None)


def _problems(settings: Mapping[str, Any]) -> Iterator[str]:
    return chain(
        missing(settings, _NEEDED),
        said_twice(settings, _ALIASES),
        misshapen_values(settings, _SHAPES),
        _of_logging_in(settings),
    )


def _of_logging_in(settings: Mapping[str, Any]) -> Iterator[str]:
    way = authentication(settings)
    asked = settings.get("authentication", settings.get("auth"))
    if way is None:
        yield f"`authentication: {asked}` is no way to log in that is supported; {accepted()}"
        return
    if way is Authentication.WINDOWS and str(asked or "").lower().startswith(_DIRECTORY):
        yield f"`windows_login` and `authentication: {asked}` exclude each other: keep one"
    for names in NEEDS.get(way, ()):
        if not any(settings.get(name) for name in names):
            yield f"`{names[0]}` is missing, which `authentication: {way}` needs"
