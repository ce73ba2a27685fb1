"""Why PostgreSQL could not be connected to.

libpq tells neither an SQLSTATE nor an error number of a connection that never was, only words; so
that in this module, and only here, messages are read. What they do not say in these words, as those
of a server that speaks another language, still becomes an error that shows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import psycopg

from dbt_rewind.errors import (
    DatabaseMissing,
    EncryptionFailed,
    LoginRefused,
    PermissionMissing,
    ServerFull,
    ServerNotReady,
    WarehouseError,
    WarehouseUnreachable,
)
from dbt_rewind.redact import redact
from dbt_rewind.warehouse.postgres_settings import PostgresSettings
from dbt_rewind.warehouse.postgres_sql import quoted

PASSES: Final = (WarehouseUnreachable, ServerNotReady, ServerFull)
"""What may be otherwise in a moment, so that connecting is tried again."""

_ASKS: Final = (
    "it asks for a password, and neither the profile nor PGPASSWORD nor ~/.pgpass has one"
)
_SSL_SETTING: Final = "`sslmode`, or the certificates' paths,"

Failure = Callable[[PostgresSettings, str], WarehouseError]


def connect_failure(error: psycopg.Error, settings: PostgresSettings) -> WarehouseError:
    """Our error for a connection that could not be opened; no word of it is a secret."""
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        seconds = settings.parameters["connect_timeout"]
        return WarehouseUnreachable(settings.place, f"no answer in {seconds} s")
    if error.pgconn is not None and error.pgconn.needs_password:
        return _refused(settings, _ASKS)
    words = _words(error)
    for sign, failure in _SIGNS:
        if sign.search(words):
            return failure(settings, words)
    if error.pgconn is not None and error.pgconn.used_password:
        return _refused(settings, words)
    return WarehouseUnreachable(settings.place, words)


def _words(error: psycopg.Error) -> str:
    """The first line of what the server or libpq says, without what they say of the place."""
    text = redact(str(error)).partition("\n")[0]
    return re.sub(r"^(FATAL|PANIC):\s*", "", re.split(r" failed: (?!.* failed: )", text)[-1])


def _refused(settings: PostgresSettings, words: str) -> WarehouseError:
    return LoginRefused(settings.place, str(settings.parameters["user"]), words)


def _not_granted(settings: PostgresSettings, words: str) -> WarehouseError:
    database, user = str(settings.parameters["dbname"]), str(settings.parameters["user"])
    grant = f"GRANT CONNECT ON DATABASE {quoted(database)} TO {quoted(user)}"
    return PermissionMissing(f"connecting to {settings.place}", words, (grant,))


def _missing(settings: PostgresSettings, words: str) -> WarehouseError:  # noqa: ARG001
    return DatabaseMissing(str(settings.parameters["dbname"]), settings.server)


def _nameless(settings: PostgresSettings, words: str) -> WarehouseError:  # noqa: ARG001
    return WarehouseUnreachable(settings.place, "no host has that name")


def _full(settings: PostgresSettings, words: str) -> WarehouseError:
    return ServerFull(settings.place, words)


def _not_ready(settings: PostgresSettings, words: str) -> WarehouseError:
    return ServerNotReady(settings.place, words)


def _unencrypted(settings: PostgresSettings, words: str) -> WarehouseError:
    return EncryptionFailed(settings.place, words, _SSL_SETTING)


_SIGNS: Final[tuple[tuple[re.Pattern[str], Failure], ...]] = tuple(
    (re.compile(sign), failure)
    for sign, failure in (
        (r"^failed to resolve host", _nameless),
        (r"password authentication failed", _refused),
        (r"no pg_hba\.conf entry .*(no encryption|SSL off)", _unencrypted),
        (r"no pg_hba\.conf entry|pg_hba\.conf rejects", _refused),
        (r'role ".*" does not exist|is not permitted to log in', _refused),
        (r"permission denied for database", _not_granted),
        (r'database ".*" does not exist', _missing),
        (r"too many (clients|connections)|connection slots are reserved", _full),
        (r"the database system is ", _not_ready),
        (r"\bSSL\b|certificate|private key", _unencrypted),
    )
)
