"""Opens the warehouse that a dbt profile describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dbt_rewind.errors import AdapterUnsupported
from dbt_rewind.model import Patience
from dbt_rewind.warehouse.dbt_adapter_channel import OpenChannel
from dbt_rewind.warehouse.driver import require_driver
from dbt_rewind.warehouse.protocol import Warehouse

SUPPORTED = ("duckdb", "postgres", "sqlserver")
"""What users may choose without dbt's adapter; `memory` is for tests."""

DEFAULT_PATIENCE = Patience()

_IN_MEMORY = ":memory:"
_FILES = ("duckdb", "sqlite")
_SCHEME = re.compile(r"[a-z][a-z0-9+]+:", re.IGNORECASE)


def connect(
    adapter: str,
    settings: Mapping[str, Any],
    folder: Path,
    *,
    read_only: bool,
    patience: Patience = DEFAULT_PATIENCE,
    open_channel: OpenChannel | None = None,
) -> Warehouse:
    """An open warehouse of the type `adapter` with the rendered profile output `settings`.

    Relative paths are taken from `folder`. A server's warehouse has `patience` with those who use
    what it must move. A file that another process has open is waited for, a few seconds at the
    most. `open_channel` leads to every warehouse that has no module of its own, through dbt's
    adapter. Raises AdapterUnsupported; for DuckDB WarehouseMissing, LockHeld, WarehouseLocked and
    WarehouseFailed; for PostgreSQL DriverMissing and what `postgres_open.open_session` raises; for
    SQL Server DriverMissing and what `sqlserver_open.open_session` raises.
    """
    match adapter:
        case "duckdb":
            return _duckdb(settings, folder, read_only=read_only)
        case "postgres":
            return _postgres(settings, read_only=read_only, patience=patience)
        case "sqlserver":
            return _sqlserver(settings, read_only=read_only, patience=patience)
        case "memory":
            from dbt_rewind.warehouse.memory import MemoryWarehouse, memory_store

            return MemoryWarehouse(memory_store(str(settings["store"])), read_only=read_only)
        case _ if open_channel is not None:
            return connect_through_dbt(adapter, settings, open_channel, read_only=read_only)
        case _:
            raise AdapterUnsupported(adapter, SUPPORTED)


def connect_through_dbt(
    adapter: str, settings: Mapping[str, Any], open_channel: OpenChannel, *, read_only: bool
) -> Warehouse:
    """An open warehouse behind dbt's adapter, whatever else could open it. Raises
    AdapterUnsupported, DbtMissing, RequirementsFailed, WarehouseFailed."""
    from dbt_rewind.warehouse.dbt_adapter import open_dbt_adapter

    return open_dbt_adapter(adapter, settings, open_channel, read_only=read_only)


def database_file(settings: Mapping[str, Any], folder: Path) -> str:
    """The file of a DuckDB profile, or `:memory:`. Raises AdapterUnsupported."""
    path = str(settings.get("path") or _IN_MEMORY)
    if _SCHEME.match(path):
        raise AdapterUnsupported(f"duckdb at {path.partition(':')[0]}:", SUPPORTED)
    return _from_folder(path, folder)


def _duckdb(settings: Mapping[str, Any], folder: Path, *, read_only: bool) -> Warehouse:
    from dbt_rewind.warehouse.duckdb import open_duckdb
    from dbt_rewind.warehouse.duckdb_waiting import waiting

    file = database_file(settings, folder)
    return waiting(
        file,
        lambda: open_duckdb(
            file,
            read_only=read_only,
            settings=settings.get("settings") or {},
            extensions=settings.get("extensions") or (),
            attach=[_attachment(entry, folder) for entry in settings.get("attach") or ()],
        ),
    )


def _postgres(settings: Mapping[str, Any], *, read_only: bool, patience: Patience) -> Warehouse:
    require_driver("psycopg", "psycopg", "postgres")
    from dbt_rewind.warehouse.postgres import open_postgres
    from dbt_rewind.warehouse.postgres_settings import postgres_settings

    return open_postgres(postgres_settings(settings), read_only=read_only, patience=patience)


def _sqlserver(settings: Mapping[str, Any], *, read_only: bool, patience: Patience) -> Warehouse:
    require_driver("mssql_python", "mssql-python", "sqlserver")
    from dbt_rewind.warehouse.sqlserver import open_sqlserver
    from dbt_rewind.warehouse.sqlserver_settings import sqlserver_settings

    return open_sqlserver(sqlserver_settings(settings), read_only=read_only, patience=patience)


def _attachment(entry: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The entry with its path taken from `folder`, where it leads to a file."""
    path = str(entry["path"])
    kind = str(entry.get("type") or "duckdb").lower()
    is_file = kind in _FILES and not _SCHEME.match(path)
    return {**entry, "path": _from_folder(path, folder) if is_file else path}


def _from_folder(path: str, folder: Path) -> str:
    return path if path == _IN_MEMORY else str(folder / Path(path).expanduser())
