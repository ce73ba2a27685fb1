"""Opens a connection to PostgreSQL with the parameters of its client library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from dbt_rewind.errors import WarehouseUnreachable
from dbt_rewind.redact import MASK
from dbt_rewind.warehouse.postgres_errors import translated, words_of
from dbt_rewind.warehouse.postgres_session import Connection, Session

_SECRETS = ("password", "passfile", "sslpassword", "oauth_client_secret")
_DEFAULTS = {"application_name": "dbt-rewind", "connect_timeout": 15}


def open_session(parameters: Mapping[str, Any], *, read_only: bool) -> Session:
    """A session with `parameters`, named as libpq names them, and a connection of its own.

    Raises WarehouseUnreachable.
    """
    server = _described(parameters)
    connection = _connected(parameters, server)
    try:
        with translated("preparing the connection", server):
            if read_only:
                connection.execute("SET default_transaction_read_only TO on")
            row = connection.execute("SELECT pg_catalog.current_database()").fetchone()
    except BaseException:
        connection.close()
        raise
    return Session(connection, server, str(row[0]) if row else "")


def _connected(parameters: Mapping[str, Any], server: str) -> Connection:
    try:
        return psycopg.connect(
            **{**_DEFAULTS, **parameters, "client_encoding": "utf8"},
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
            # Poolers between us and the server lose prepared statements.
            prepare_threshold=None,
        )
    except Exception as error:
        # The driver's exception is dropped: it may hold the parameters.
        raise WarehouseUnreachable(server, _without_secrets(words_of(error), parameters)) from None


def _described(parameters: Mapping[str, Any]) -> str:
    """`shop on db.example.com:5432`, as far as the parameters say it."""
    place = str(parameters.get("host") or parameters.get("hostaddr") or "this machine")
    if port := parameters.get("port"):
        place += f":{port}"
    return f"{parameters.get('dbname') or 'the default database'} on {place}"


def _without_secrets(words: str, parameters: Mapping[str, Any]) -> str:
    for name in _SECRETS:
        if secret := parameters.get(name):
            words = words.replace(str(secret), MASK)
    return words
