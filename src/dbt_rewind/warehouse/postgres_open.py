"""Opens a connection to PostgreSQL the way a dbt-postgres profile asks for it."""

from __future__ import annotations

import time

import psycopg
from psycopg import sql

from dbt_rewind.errors import LoginRefused
from dbt_rewind.warehouse.postgres_connect_errors import PASSES, connect_failure
from dbt_rewind.warehouse.postgres_errors import translated, words_of
from dbt_rewind.warehouse.postgres_session import Connection, Session
from dbt_rewind.warehouse.postgres_settings import PostgresSettings

# The catalogue's texts are read, and compared with those that were read at another time.
_BEGIN = (
    "SELECT pg_catalog.current_database(),"
    " pg_catalog.set_config('quote_all_identifiers', 'off', false)"
)


def open_session(settings: PostgresSettings, *, read_only: bool) -> Session:
    """A session of the profile's role, with a connection of its own.

    What may pass by itself is tried again as often as the profile says, each time after a longer
    while, as dbt does. Raises WarehouseUnreachable, ServerNotReady, ServerFull, LoginRefused,
    DatabaseMissing, EncryptionFailed.
    """
    connection = _connected(settings)
    try:
        _become(connection, settings)
        with translated("preparing the connection", settings.place):
            if read_only:
                connection.execute("SET default_transaction_read_only TO on")
            row = connection.execute(_BEGIN).fetchone()
    except BaseException:
        connection.close()
        raise
    return Session(connection, settings.place, str(row[0]) if row else "")


def _connected(settings: PostgresSettings) -> Connection:
    attempt = 1
    while True:
        try:
            return _connect(settings)
        except psycopg.Error as error:
            failure = connect_failure(error, settings)
        if not isinstance(failure, PASSES) or attempt > settings.retries:
            # The driver's exception is dropped: it may hold the parameters.
            raise failure from None
        time.sleep(attempt * attempt)
        attempt += 1


def _connect(settings: PostgresSettings) -> Connection:
    return psycopg.connect(
        **settings.parameters,  # type: ignore[arg-type]
        client_encoding="utf8",
        autocommit=True,
        cursor_factory=psycopg.RawCursor,
        # Poolers between us and the server lose prepared statements.
        prepare_threshold=None,
    )


def _become(connection: Connection, settings: PostgresSettings) -> None:
    if settings.role is None:
        return
    statement = sql.SQL("SET ROLE {}").format(sql.Identifier(settings.role))
    try:
        connection.execute(statement)
    except psycopg.Error as error:
        user = str(settings.parameters["user"])
        problem = f"as the role {settings.role!r}: {words_of(error)}"
        raise LoginRefused(settings.place, user, problem) from error
