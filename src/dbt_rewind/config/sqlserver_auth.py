"""The ways to log in that dbt-sqlserver documents, and the one that a target asks for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final


class Authentication(StrEnum):
    """Named as dbt-sqlserver names them."""

    SQL = "sql"
    WINDOWS = "windows_login"
    PASSWORD = "ActiveDirectoryPassword"  # noqa: S105 - a name
    INTEGRATED = "ActiveDirectoryIntegrated"
    INTERACTIVE = "ActiveDirectoryInteractive"
    DEVICE_CODE = "ActiveDirectoryDeviceCode"
    SERVICE_PRINCIPAL = "ActiveDirectoryServicePrincipal"
    MANAGED_IDENTITY = "ActiveDirectoryMSI"
    DEFAULT = "ActiveDirectoryDefault"
    CLI = "CLI"
    ENVIRONMENT = "environment"
    ACCESS_TOKEN = "ActiveDirectoryAccessToken"  # noqa: S105 - a name


_USER: Final = ("user", "username", "UID")
_PASSWORD: Final = ("password", "pass", "PWD")
_CLIENT: Final = ("client_id", "app_id")
_CLIENT_SECRET: Final = ("client_secret", "app_secret")

NEEDS: Final[Mapping[Authentication, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        Authentication.SQL: (("user", "username", "UID"), ("password", "pass", "PWD")),
        Authentication.PASSWORD: (("user", "username", "UID"), ("password", "pass", "PWD")),
        Authentication.SERVICE_PRINCIPAL: (
            ("client_id", "app_id"),
            ("client_secret", "app_secret"),
        ),
        Authentication.ACCESS_TOKEN: (("access_token",),),
    }
)
"""The settings without which a way to log in cannot be taken, each by all of its names."""

_ALIASES: Final = {
    "adintegrated": Authentication.INTEGRATED,
    "serviceprincipal": Authentication.SERVICE_PRINCIPAL,
    "msi": Authentication.MANAGED_IDENTITY,
    "auto": Authentication.DEFAULT,
    "default": Authentication.DEFAULT,
    "accesstoken": Authentication.ACCESS_TOKEN,
}
_BY_NAME: Final = {
    **_ALIASES,
    **{way.lower(): way for way in Authentication if way is not Authentication.WINDOWS},
}


def authentication(settings: Mapping[str, Any]) -> Authentication | None:
    """How the target logs in; None where its way is none that we know."""
    asked = settings.get("authentication", settings.get("auth"))
    if settings.get("windows_login", settings.get("trusted_connection")):
        return Authentication.WINDOWS
    if asked is None:
        return Authentication.SQL
    return _BY_NAME.get(str(asked).replace("_", "").replace(" ", "").lower())


def accepted() -> str:
    """The ways for a message, as they are written in a profile."""
    ways = [way for way in Authentication if way is not Authentication.WINDOWS]
    return f"{', '.join(ways)}, or `windows_login: true`"
