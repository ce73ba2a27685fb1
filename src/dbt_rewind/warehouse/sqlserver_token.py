"""Access tokens of Microsoft Entra ID, for the ways to log in that bring one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dbt_rewind.config.sqlserver_auth import Authentication
from dbt_rewind.warehouse.sqlserver_settings import Token


class AccessToken(NamedTuple):
    """What the driver wants of a credential's answer."""

    token: str
    expires_on: int | None


@dataclass(frozen=True, slots=True)
class GivenToken:
    """A credential that has its token from the profile."""

    token: str = field(repr=False)
    expires_on: int | None

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:  # noqa: ARG002
        return AccessToken(self.token, self.expires_on)


def token_provider(token: Token) -> Any:
    """What the driver asks for an access token, when it connects."""
    if token.given is not None:
        return GivenToken(token.given, token.expires_on or None)
    # The package comes with the driver.
    from azure.identity import AzureCliCredential, EnvironmentCredential

    if token.way is Authentication.CLI:
        return AzureCliCredential()
    return EnvironmentCredential()
