"""Opens a DuckDB file the way a dbt-duckdb profile asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from dbt_rewind.errors import WarehouseMissing
from dbt_rewind.warehouse import duckdb_sql
from dbt_rewind.warehouse.duckdb_errors import translated, translated_without_words
from dbt_rewind.warehouse.duckdb_session import Session

IN_MEMORY = ":memory:"


def open_session(
    path: str,
    *,
    read_only: bool,
    settings: Mapping[str, Any],
    extensions: Sequence[str | Mapping[str, str]],
    attach: Sequence[Mapping[str, Any]],
) -> Session:
    """A session on the file at `path`, made where it is missing and may be written.

    Raises WarehouseMissing, WarehouseLocked, WarehouseFailed.
    """
    _require_file(path, read_only=read_only)
    with translated("opening the database", path):
        connection = duckdb.connect(path, read_only=read_only and path != IN_MEMORY)
    try:
        _prepare_connection(connection, path, settings, extensions)
        for entry in attach:
            _attach(connection, entry, read_only=read_only)
        with translated("reading the catalogue's name", path):
            ((database,),) = connection.execute("SELECT current_database()").fetchall()
    except BaseException:
        connection.close()
        raise
    return Session(connection, path, database)


def _require_file(path: str, *, read_only: bool) -> None:
    if path == IN_MEMORY:
        return
    needed = Path(path) if read_only else Path(path).parent
    if not needed.exists():
        raise WarehouseMissing(path)


def _prepare_connection(
    connection: duckdb.DuckDBPyConnection,
    path: str,
    settings: Mapping[str, Any],
    extensions: Sequence[str | Mapping[str, str]],
) -> None:
    with translated("preparing the connection", path):
        # Otherwise a name that no table has is looked up among the variables of the calling code.
        connection.execute(duckdb_sql.set_option("python_enable_replacements", False))
    for extension in extensions:
        name, repository = _extension(extension)
        with translated(f"loading the extension {name}", path):
            connection.install_extension(name, repository=repository)
            connection.load_extension(name)
    for name, value in settings.items():
        with translated_without_words(f"applying the setting {name}", path):
            connection.execute(duckdb_sql.set_option(name, value))


def _extension(extension: str | Mapping[str, str]) -> tuple[str, str | None]:
    if isinstance(extension, str):
        return extension, None
    return extension["name"], extension.get("repo")


def _attach(
    connection: duckdb.DuckDBPyConnection, entry: Mapping[str, Any], *, read_only: bool
) -> None:
    asked = entry.get("read_only") or (entry.get("options") or {}).get("read_only")
    statement = duckdb_sql.attach(entry, read_only=read_only or bool(asked))
    # The path may be a connection string with a password in it; an alias never is.
    name = str(entry.get("alias") or "an attached database")
    with translated_without_words(f"attaching {name}", name):
        connection.execute(statement)
