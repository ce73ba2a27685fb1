from __future__ import annotations

from typing import Any

import pytest

from dbt_rewind.config.sqlserver_auth import Authentication, accepted, authentication
from dbt_rewind.config.sqlserver_shapes import misshapen

PLACE = {"type": "sqlserver", "server": "db.example.com", "database": "shop", "schema": "dbo"}
GOOD = {**PLACE, "user": "ada", "password": "CANARY"}


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """The good settings, changed; None takes one away."""
    return {name: value for name, value in {**GOOD, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"user": None, "UID": "ada", "password": None, "PWD": "CANARY"},
        {"driver": "ODBC Driver 18 for SQL Server", "backend": "pyodbc", "threads": 4},
        {"encrypt": False, "trust_cert": True, "port": 1433, "retries": 0, "login_timeout": 5},
        {"user": None, "password": None, "windows_login": True},
        {"authentication": "CLI"},
        {"authentication": "auto"},
        {"authentication": "environment"},
        {"authentication": "MSI"},
        {"authentication": "ActiveDirectoryMsi"},
        {"authentication": "ActiveDirectoryInteractive"},
        {"authentication": "ServicePrincipal", "client_id": "a", "client_secret": "CANARY"},
        {"authentication": "ActiveDirectoryAccessToken", "access_token": "CANARY"},
    ],
)
def test_what_dbt_takes(changes: dict[str, Any]) -> None:
    assert misshapen(changed(changes)) is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"server": None}, "`host` is missing"),
        ({"database": None}, "`database` is missing"),
        ({"schema": None}, "`schema` is missing"),
        ({"host": "a"}, "`host` and `server` are names of the same setting"),
        ({"UID": "a"}, "`user` and `UID` are names of the same setting"),
        ({"password": None}, "`password` is missing, which `authentication: sql` needs"),
        ({"user": ""}, "`user` is missing, which `authentication: sql` needs"),
        ({"password": 4_815_162_342}, "`password` must be a text, not a number"),
        ({"port": "1433"}, "`port` must be a number, not a text"),
        ({"encrypt": "yes"}, "`encrypt` must be true or false, not a text"),
        ({"trust_cert": 1}, "`trust_cert` must be true or false"),
        ({"login_timeout": -1}, "`login_timeout` must be 0 or more"),
        (
            {"authentication": "ServicePrincipal", "client_id": "a"},
            "`client_secret` is missing, which `authentication: ActiveDirectoryServicePrincipal`",
        ),
        (
            {"authentication": "ActiveDirectoryAccessToken"},
            "`access_token` is missing, which",
        ),
        (
            {"authentication": "ActiveDirectoryPassword", "password": ""},
            "`password` is missing, which `authentication: ActiveDirectoryPassword` needs",
        ),
        (
            {"authentication": "kerberos"},
            "`authentication: kerberos` is no way to log in that is supported; sql, Active",
        ),
        (
            {"windows_login": True, "authentication": "ActiveDirectoryIntegrated"},
            "`windows_login` and `authentication: ActiveDirectoryIntegrated` exclude each other",
        ),
    ],
)
def test_what_is_wrong_is_named_without_its_value(changes: dict[str, Any], problem: str) -> None:
    found = misshapen(changed(changes))
    assert found is not None
    assert found.startswith(problem)
    assert "CANARY" not in found
    assert "4815162342" not in found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((way.value, way) for way in Authentication if way is not Authentication.WINDOWS),
        ("SQL", Authentication.SQL),
        ("cli", Authentication.CLI),
        ("msi", Authentication.MANAGED_IDENTITY),
        ("service_principal", Authentication.SERVICE_PRINCIPAL),
        ("Active Directory Password", Authentication.PASSWORD),
        ("access_token", Authentication.ACCESS_TOKEN),
        ("adintegrated", Authentication.INTEGRATED),
        ("default", Authentication.DEFAULT),
        ("windows_login", None),  # is a setting of its own
        ("", None),
        (None, Authentication.SQL),
    ],
)
def test_every_documented_name(written: str | None, meant: Authentication | None) -> None:
    assert authentication({"authentication": written}) is meant
    assert authentication({"auth": written}) is meant


def test_windows() -> None:
    assert authentication({"windows_login": True}) is Authentication.WINDOWS
    assert authentication({"trusted_connection": True}) is Authentication.WINDOWS
    assert authentication({"trusted_connection": False}) is Authentication.SQL


def test_the_ways_are_told() -> None:
    for way in Authentication:
        assert way in accepted()
