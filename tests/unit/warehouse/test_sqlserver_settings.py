"""What the driver's own parser makes of our connection strings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mssql_python.connection_string_parser import _ConnectionStringParser

from dbt_rewind.config.sqlserver_auth import Authentication
from dbt_rewind.config.sqlserver_shapes import misshapen
from dbt_rewind.warehouse.sqlserver_settings import Token, sqlserver_settings
from dbt_rewind.warehouse.sqlserver_token import token_provider

PLACE = {"server": "db.example.com", "database": "shop", "schema": "dbo"}
LOGIN = {"user": "ada", "password": "CANARY"}
ENCRYPTED = {"encrypt": "yes", "trustservercertificate": "no"}


def parsed(settings: dict[str, Any]) -> dict[str, str]:
    assert misshapen(settings) is None
    made = sqlserver_settings(settings)
    assert "CANARY" not in repr(made)
    found: dict[str, str] = _ConnectionStringParser(validate_keywords=True)._parse(
        made.connection_string
    )
    return found


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (LOGIN, {"uid": "ada", "pwd": "CANARY"}),
        ({"UID": "ada", "PWD": "CANARY"}, {"uid": "ada", "pwd": "CANARY"}),
        ({"windows_login": True, **LOGIN}, {"trusted_connection": "yes"}),
        ({"trusted_connection": True}, {"trusted_connection": "yes"}),
        (
            {"authentication": "ActiveDirectoryPassword", **LOGIN},
            {"authentication": "ActiveDirectoryPassword", "uid": "ada", "pwd": "CANARY"},
        ),
        (
            {"authentication": "ServicePrincipal", "client_id": "app", "client_secret": "CANARY"},
            {"authentication": "ActiveDirectoryServicePrincipal", "uid": "app", "pwd": "CANARY"},
        ),
        (
            {"auth": "serviceprincipal", "app_id": "app", "app_secret": "CANARY", "tenant_id": "t"},
            {"authentication": "ActiveDirectoryServicePrincipal", "uid": "app", "pwd": "CANARY"},
        ),
        ({"authentication": "MSI"}, {"authentication": "ActiveDirectoryMSI"}),
        (
            {"authentication": "msi", "user": "identity"},
            {"authentication": "ActiveDirectoryMSI", "uid": "identity"},
        ),
        (
            {"authentication": "ActiveDirectoryInteractive", "user": "ada"},
            {"authentication": "ActiveDirectoryInteractive", "uid": "ada"},
        ),
        (
            {"authentication": "ActiveDirectoryIntegrated"},
            {"authentication": "ActiveDirectoryIntegrated"},
        ),
        (
            {"authentication": "ActiveDirectoryDeviceCode"},
            {"authentication": "ActiveDirectoryDeviceCode"},
        ),
        ({"authentication": "auto"}, {"authentication": "ActiveDirectoryDefault"}),
        ({"authentication": "CLI"}, {}),
        ({"authentication": "environment"}, {}),
        ({"authentication": "ActiveDirectoryAccessToken", "access_token": "CANARY"}, {}),
    ],
)
def test_every_way_to_log_in(settings: dict[str, Any], expected: dict[str, str]) -> None:
    assert parsed({**PLACE, **settings}) == {
        "server": "db.example.com,1433",
        "database": "shop",
        **expected,
        **ENCRYPTED,
    }


@pytest.mark.parametrize(
    ("settings", "token"),
    [
        (LOGIN, None),
        ({"authentication": "auto"}, None),
        ({"authentication": "CLI"}, Token(Authentication.CLI)),
        ({"authentication": "environment"}, Token(Authentication.ENVIRONMENT)),
        (
            {
                "authentication": "access_token",
                "access_token": "CANARY",
                "access_token_expires_on": 7,
            },
            Token(Authentication.ACCESS_TOKEN, "CANARY", 7),
        ),
    ],
)
def test_what_brings_a_token(settings: dict[str, Any], token: Token | None) -> None:
    assert sqlserver_settings({**PLACE, **settings}).token == token


def test_the_tokens_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    given_ = token_provider(Token(Authentication.ACCESS_TOKEN, "CANARY", 7))
    assert given_.get_token("scope") == ("CANARY", 7)
    assert "CANARY" not in repr(given_)
    assert token_provider(Token(Authentication.ACCESS_TOKEN, "CANARY")).get_token("s")[1] is None
    assert type(token_provider(Token(Authentication.CLI))).__name__ == "AzureCliCredential"
    environment = token_provider(Token(Authentication.ENVIRONMENT))
    assert type(environment).__name__ == "EnvironmentCredential"


@pytest.mark.parametrize(
    ("changes", "server", "place"),
    [
        ({}, "db.example.com,1433", "shop on db.example.com:1433"),
        ({"port": 14330}, "db.example.com,14330", "shop on db.example.com:14330"),
        ({"port": 0}, "db.example.com", "shop on db.example.com"),
        ({"server": r"host\SQLEXPRESS"}, r"host\SQLEXPRESS", r"shop on host\SQLEXPRESS"),
        ({"server": " db "}, "db,1433", "shop on db:1433"),
    ],
)
def test_the_server(changes: dict[str, Any], server: str, place: str) -> None:
    settings = {**PLACE, **LOGIN, **changes}
    assert parsed(settings)["server"] == server
    assert sqlserver_settings(settings).place == place


def test_encryption_and_times() -> None:
    settings = {**PLACE, **LOGIN, "encrypt": False, "TrustServerCertificate": True}
    assert parsed(settings)["encrypt"] == "no"
    assert parsed(settings)["trustservercertificate"] == "yes"
    made = sqlserver_settings({**settings, "retries": 0, "login_timeout": 5, "query_timeout": 60})
    assert (made.retries, made.login_timeout, made.query_timeout) == (0, 5, 60)
    made = sqlserver_settings(settings)
    assert (made.retries, made.login_timeout, made.query_timeout) == (3, 0, 0)


def test_dbts_driver_is_no_concern_of_ours() -> None:
    settings = {**PLACE, **LOGIN, "driver": "FreeTDS", "backend": "adbc", "threads": 4}
    assert parsed(settings) == parsed({**PLACE, **LOGIN})


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_password_is_one_value(password: str) -> None:
    found = parsed({**PLACE, "user": "ada", "password": password})
    assert found == {
        "server": "db.example.com,1433",
        "database": "shop",
        "uid": "ada",
        "pwd": password,
        **ENCRYPTED,
    }
