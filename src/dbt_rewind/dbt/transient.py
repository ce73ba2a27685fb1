"""Which failures may pass if the node is simply tried again.

dbt reports a driver's error as text and nothing else, so text is all there is to tell by. Each
pattern names a condition that the database itself describes as temporary; anything else is a fault
in the code or the data, and trying again would only hide it.
"""

from __future__ import annotations

import re

_TRANSIENT = re.compile(
    "|".join(
        (
            r"could not set lock on file",  # DuckDB: another process has the file for a moment
            r"transaction conflict|write-write conflict",  # DuckDB: optimistic concurrency
            r"deadlock",  # PostgreSQL 40P01, SQL Server 1205
            r"could not serialize access",  # PostgreSQL 40001
            r"canceling statement due to lock timeout",  # PostgreSQL 55P03
            r"lock request time ?out",  # SQL Server 1222
            r"connection (?:was )?(?:reset|refused|closed|timed out)",
            r"server closed the connection unexpectedly",  # libpq
            r"SSL connection has been closed unexpectedly",  # libpq
            r"connection already closed",  # psycopg
            r"could not receive data from server",  # libpq
            r"terminating connection due to administrator command",  # PostgreSQL 57P01
            r"terminating connection because of crash of another server process",  # 57P02
            r"the database system is (?:starting up|shutting down|in recovery mode"
            r"|not yet accepting connections)",  # PostgreSQL 57P03
            r"too many (?:clients|connections)",
            r"communication link failure",  # SQL Server 08S01
        )
    ),
    re.IGNORECASE,
)


def is_transient(message: str) -> bool:
    """Whether dbt's message for a failed node names a condition that may pass by itself."""
    return _TRANSIENT.search(message) is not None
