"""Opens a connection to SQL Server the way a dbt-sqlserver profile asks for it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import mssql_python

from dbt_rewind.errors import LoginRefused, WarehouseError, WarehouseFailed, WarehouseUnreachable
from dbt_rewind.warehouse.sqlserver_batch import batch_of_one
from dbt_rewind.warehouse.sqlserver_errors import (
    LOGIN_STATES,
    PASSING_STATES,
    is_state,
    translated,
    words_of,
)
from dbt_rewind.warehouse.sqlserver_session import Connection, Server, Session
from dbt_rewind.warehouse.sqlserver_settings import SqlServerSettings
from dbt_rewind.warehouse.sqlserver_token import token_provider

OPTIONS = """SET NOCOUNT ON;
SET XACT_ABORT ON;
SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT ON;
SET CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON;
SET NUMERIC_ROUNDABORT, IMPLICIT_TRANSACTIONS OFF;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET DEADLOCK_PRIORITY LOW;
SET LOCK_TIMEOUT {milliseconds};"""
"""Any error ends the transaction; what indexes on computed columns need is on; and where a deadlock
must have a victim, it is never a reader."""

SERVER = """SELECT
    CONVERT(nvarchar(128), SERVERPROPERTY(N'ServerName')),
    DB_NAME(),
    SCHEMA_NAME(),
    CONVERT(nvarchar(128), SERVERPROPERTY(N'ProductVersion')),
    CONVERT(nvarchar(128), DATABASEPROPERTYEX(DB_NAME(), N'Collation')),
    CONVERT(int, SERVERPROPERTY(N'EngineEdition')),
    CONVERT(int, SERVERPROPERTY(N'Babelfish'));"""

_DOING = "preparing the connection"
_LIBRARIES = "libltdl7 libkrb5-3 libgssapi-krb5-2"
_WITHOUT_STATE = "Connection operation failed"
"""The driver's sentence where ODBC has no SQLSTATE, because it could not be loaded."""

_AZURE = (5, 8)
"""The engine editions of Azure SQL Database and Managed Instance, whose version says nothing."""

_FIRST_TO_REPLACE = (13, 0, 4001)
"""2016 SP1."""


def open_session(settings: SqlServerSettings, *, read_only: bool, wait: timedelta) -> Session:
    """A session with a connection of its own, in which a statement waits no longer than `wait` for
    a lock.

    What may pass by itself is tried again as often as the profile says, each time after a longer
    while, as dbt does. Raises WarehouseUnreachable, LoginRefused, WarehouseFailed.
    """

    def connect() -> Connection:
        return _connected(settings, wait)

    connection = connect()
    try:
        server = _server(connection, settings.place)
    except BaseException:
        connection.close()
        raise
    return Session(connection, server, read_only=read_only, connect=connect)


def replaces_views(version: str, edition: int | None, babelfish: int | None) -> bool:
    """Whether the server knows CREATE OR ALTER VIEW."""
    if babelfish:
        return False
    numbers = tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
    return edition in _AZURE or numbers >= _FIRST_TO_REPLACE


def _connected(settings: SqlServerSettings, wait: timedelta) -> Connection:
    attempt = 1
    while True:
        try:
            connection = _connect(settings)
            break
        except Exception as error:
            failure = _connect_failure(error, settings)
            passes = is_state(error, PASSING_STATES)
        if not passes or attempt > settings.retries:
            # The driver's exception is dropped: it may hold the connection string.
            raise failure from None
        time.sleep(attempt * attempt)
        attempt += 1
    milliseconds = wait // timedelta(milliseconds=1)
    try:
        _execute(connection, settings.place, OPTIONS.format(milliseconds=milliseconds))
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(settings: SqlServerSettings) -> Connection:
    # A pooled connection would live on in the server after its close.
    mssql_python.pooling(enabled=False)
    connection: Connection = mssql_python.connect(
        settings.connection_string,
        autocommit=True,
        timeout=settings.login_timeout,
        token_provider=token_provider(settings.token) if settings.token else None,
    )
    return connection


def _connect_failure(error: Exception, settings: SqlServerSettings) -> WarehouseError:
    """The driver tells no number of a login that failed, only its SQLSTATE."""
    if getattr(error, "driver_error", None) == _WITHOUT_STATE:
        problem = f"{words_of(error)} On Debian and Ubuntu: apt-get install {_LIBRARIES}"
        return WarehouseFailed(f"loading the driver for {settings.place}", problem)
    if is_state(error, LOGIN_STATES):
        return LoginRefused(settings.place, "this account", words_of(error))
    return WarehouseUnreachable(settings.place, words_of(error))


def _server(connection: Connection, label: str) -> Server:
    found = _execute(connection, label, batch_of_one(SERVER))
    if not found:
        raise WarehouseFailed(_DOING, "the server does not say what it is")
    name, database, schema, version, collation, edition, babelfish = found[0]
    return Server(
        label=f"{database} on {name}",
        database=str(database),
        default_schema=str(schema or "dbo"),
        version=str(version),
        collation=str(collation),
        replaces_views=replaces_views(str(version), edition, babelfish),
    )


def _execute(connection: Connection, label: str, text: str) -> list[tuple[Any, ...]]:
    with translated(_DOING, label):
        cursor = connection.cursor()
        try:
            cursor.execute(text)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        finally:
            cursor.close()
