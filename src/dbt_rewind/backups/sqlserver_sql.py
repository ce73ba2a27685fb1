"""What is said to SQL Server about whole databases: pure text. None of it ever ran on a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dbt_rewind.warehouse.sqlserver_sql import literal, quoted

STATUS: Final = """SELECT CONVERT(nvarchar(60), DATABASEPROPERTYEX(name, N'Status'))
FROM sys.databases
WHERE name = @name;"""
"""`ONLINE`, or what keeps the database from being used; no row where it is not there."""


def backup_database(database: str, path: str) -> str:
    """A full copy beside the server's own chain of backups, each page of which is checked."""
    return (
        f"BACKUP DATABASE {quoted(database)} TO DISK = {literal(path)}"
        " WITH COPY_ONLY, CHECKSUM, FORMAT, INIT;"
    )


def verify_backup(path: str) -> str:
    return f"RESTORE VERIFYONLY FROM DISK = {literal(path)} WITH CHECKSUM;"


def list_files(path: str) -> str:
    """The files of the database in the backup: the logical name and the path come first."""
    return f"RESTORE FILELISTONLY FROM DISK = {literal(path)};"


def restore_database(database: str, path: str, files: Mapping[str, str]) -> str:
    """`files` says for each logical name where its file is to be."""
    moves = ", ".join(f"MOVE {literal(name)} TO {literal(place)}" for name, place in files.items())
    return (
        f"RESTORE DATABASE {quoted(database)} FROM DISK = {literal(path)}"
        f" WITH REPLACE, {moves}, CHECKSUM, RECOVERY;"
    )


def single_user(database: str) -> str:
    """Disconnects everybody else, whose transactions are rolled back."""
    return f"ALTER DATABASE {quoted(database)} SET SINGLE_USER WITH ROLLBACK IMMEDIATE;"


def multi_user(database: str) -> str:
    return f"ALTER DATABASE {quoted(database)} SET MULTI_USER;"


def offline(database: str) -> str:
    return f"ALTER DATABASE {quoted(database)} SET OFFLINE WITH ROLLBACK IMMEDIATE;"


def rename_database(database: str, to: str) -> str:
    return f"ALTER DATABASE {quoted(database)} MODIFY NAME = {quoted(to)};"


def drop_database(database: str) -> str:
    """Of a database that is offline the server forgets the name, and leaves the files."""
    return f"DROP DATABASE {quoted(database)};"
