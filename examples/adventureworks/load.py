"""Fill a database with AdventureWorks-shaped tables, generated or read from CSV files.

    python load.py --database warehouse.duckdb              # generated, real row counts
    python load.py --database warehouse.duckdb --scale 0.01 # generated, one hundredth
    python load.py --database warehouse.duckdb --from rows  # rows from CSV files in a folder
    python load.py --postgres "host=localhost dbname=shop"  # into PostgreSQL
    python load.py --sqlserver "Server=localhost;Database=shop;UID=sa;PWD=..."  # into SQL Server

All tables are replaced in one transaction: a run that fails leaves the database as it was.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from loader.csv_files import repaired
from loader.fill import load
from loader.postgres import load_postgres
from loader.report import LoadError, LoadReport
from loader.sqlserver import connection_string, load_sqlserver
from loader.tables import TABLES

__all__ = [
    "TABLES",
    "LoadError",
    "LoadReport",
    "load",
    "load_postgres",
    "load_sqlserver",
    "main",
    "repaired",
]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description="Fill a database with AdventureWorks-shaped tables."
    )
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--database", type=Path, help="DuckDB file to fill")
    place.add_argument(
        "--postgres",
        metavar="TARGET",
        nargs="?",
        const="",
        help="PostgreSQL database to fill, as libpq names it (default: PGHOST and the like)",
    )
    place.add_argument(
        "--sqlserver",
        metavar="TARGET",
        nargs="?",
        const="",
        help="SQL Server database to fill, as mssql-python names it (default: MSSQL_HOST etc.)",
    )
    parser.add_argument("--scale", type=float, help="size of the generated data (default: 1)")
    parser.add_argument("--seed", type=int, default=42, help="start of the random state")
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="FOLDER", help="read CSV files instead"
    )
    options = parser.parse_args(arguments)
    if options.source is not None and options.scale is not None:
        parser.error("--scale is for generated rows, it cannot be used with --from")
    scale = 1.0 if options.scale is None else options.scale
    rows = {"scale": scale, "source": options.source, "seed": options.seed}
    try:
        if options.postgres is not None:
            report = load_postgres(options.postgres, **rows)
        elif options.sqlserver is not None:
            report = load_sqlserver(options.sqlserver or connection_string(), **rows)
        else:
            report = load(options.database, **rows)
    except LoadError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(report.text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
