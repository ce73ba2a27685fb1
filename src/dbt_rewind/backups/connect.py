"""The way to copy the database that a dbt profile describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_rewind.backups.protocol import BackupEngine
from dbt_rewind.errors import BackupUnsupported
from dbt_rewind.warehouse.connect import database_file
from dbt_rewind.warehouse.driver import require_driver


@dataclass(frozen=True, slots=True)
class Options:
    """What rewind.yml says of how copies are made (`config.backups`)."""

    jobs: int = 2
    pg_dump: str | None = None
    pg_restore: str | None = None
    server_folder: str | None = None


def backup_engine(
    adapter: str, settings: Mapping[str, Any], folder: Path, options: Options
) -> BackupEngine:
    """What copies the database of the rendered profile output `settings`; relative paths are taken
    from `folder`. Nothing is connected to.

    Raises BackupUnsupported, AdapterUnsupported, DriverMissing.
    """
    match adapter:
        case "duckdb":
            from dbt_rewind.backups.duckdb import DuckDBBackups

            return DuckDBBackups(
                database_file(settings, folder),
                settings.get("settings") or {},
                settings.get("extensions") or (),
            )
        case "postgres":
            require_driver("psycopg", "psycopg", "postgres")
            from dbt_rewind.backups.postgres import PostgresBackups
            from dbt_rewind.warehouse.postgres_settings import postgres_settings

            return PostgresBackups(
                postgres_settings(settings), options.jobs, options.pg_dump, options.pg_restore
            )
        case "sqlserver":
            require_driver("mssql_python", "mssql-python", "sqlserver")
            from dbt_rewind.backups.sqlserver import SqlServerBackups

            return SqlServerBackups(settings, options.server_folder)
        case "memory":
            from dbt_rewind.backups.memory import MemoryBackups

            return MemoryBackups(str(settings["store"]))
        case _:
            raise BackupUnsupported(
                f"databases of {adapter}",
                "use the warehouse's own: its backups, time travel or clones; after you have"
                " restored one, `rewind recover --restored` tells the ledger what it forgot",
            )
