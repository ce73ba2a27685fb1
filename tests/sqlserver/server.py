"""The SQL Server that tests may use, where there is one."""

from __future__ import annotations

import os
import re
import time
from typing import Any, Final
from uuid import uuid4

VARIABLE: Final = "REWIND_TEST_SQLSERVER"
"""Holds a connection string of a login that may create databases."""

HOW: Final = (
    f"{VARIABLE} is not set: nothing was tried on a SQL Server. Set it to a connection string,"
    ' as in "Server=localhost;UID=sa;PWD=...;TrustServerCertificate=yes", of a login that may'
    " create databases"
)

SCRIPTDOM: Final = "REWIND_TEST_SCRIPTDOM"
"""Holds a command that parses the files that it is given: see `scriptdom.py`."""

HOW_SCRIPTDOM: Final = (
    f"{SCRIPTDOM} is not set: Microsoft's own parser has not seen the T-SQL. Set it to"
    ' "PYTHON tests/sqlserver/scriptdom.py FOLDER", where PYTHON has pythonnet and .NET, and FOLDER'
    " holds Microsoft.SqlServer.TransactSql.ScriptDom.dll"
)

HOW_DRIVER: Final = (
    "the library libltdl is missing, without which SQL Server's driver cannot be loaded, so that it"
    " was not tried: apt-get install libltdl7"
)

_DATABASE = re.compile(r"(^|;)\s*(database|initial catalog)\s*=[^;]*", re.IGNORECASE)


def connection_string() -> str | None:
    return os.environ.get(VARIABLE) or None


def connected(database: str) -> Any:
    """A stranger's connection to the database, in which every statement commits by itself."""
    import mssql_python

    mssql_python.pooling(enabled=False)
    return mssql_python.connect(leading_to(database), autocommit=True)


def leading_to(database: str) -> str:
    """The connection string, to another database of the same server."""
    given = connection_string()
    assert given is not None
    return f"{_DATABASE.sub('', given).strip(';')};Database={database}"


def settings(database: str) -> dict[str, str]:
    """The variables that the reference pipeline's profile takes, for this database."""
    given = dict(part.split("=", 1) for part in leading_to(database).split(";") if "=" in part)
    words = {name.strip().lower(): value.strip() for name, value in given.items()}
    host, _, port = words["server"].partition(",")
    return {
        "MSSQL_HOST": host,
        "MSSQL_PORT": port or "1433",
        "MSSQL_DATABASE": database,
        "MSSQL_USER": words.get("uid", ""),
        "MSSQL_PASSWORD": words.get("pwd", ""),
    }


def wait_for_it(seconds: float = 120.0) -> None:
    """Returns when the server takes connections. Raises what stops it after that time."""
    began = time.monotonic()
    while True:
        try:
            connected("master").close()
            return
        except Exception:
            if time.monotonic() - began > seconds:
                raise
        time.sleep(2)


def fresh_database() -> str:
    """The name of a new database."""
    name = f"rewind_test_{uuid4().hex[:12]}"
    _on_master(f"CREATE DATABASE [{name}] COLLATE Latin1_General_100_CI_AS;")
    return name


def drop_database(name: str) -> None:
    """Drops it, whoever still has it open."""
    _on_master(f"ALTER DATABASE [{name}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE;")
    _on_master(f"DROP DATABASE [{name}];")


def _on_master(statement: str) -> None:
    connection = connected("master")
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()


if __name__ == "__main__":
    wait_for_it()
