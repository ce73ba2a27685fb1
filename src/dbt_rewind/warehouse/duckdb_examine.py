# ruff: noqa: S608 - names are quoted, and there are no values of others
"""What `rewind doctor` checks of a DuckDB file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dbt_rewind.model import Finding, Health, RelationKind, RelationName
from dbt_rewind.warehouse import duckdb_sql as sql
from dbt_rewind.warehouse.disk import check_disk
from dbt_rewind.warehouse.duckdb_open import IN_MEMORY
from dbt_rewind.warehouse.duckdb_session import Session
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA
from dbt_rewind.warehouse.trying import Try, check_tries, scratch_name


def examine(session: Session) -> Iterator[Finding]:
    """The file, its disk, and whether all that operations do can be done in it."""
    row = session.row("asking for the version", "SELECT version()")
    version = str(row[0]).removeprefix("v") if row else "?"
    yield Finding("warehouse", Health.OK, f"DuckDB {version}: {session.path}")
    if session.path != IN_MEMORY:
        yield check_disk("file's disk", Path(session.path))
    yield check_tries(tries(session.database, scratch_name()), session.run, session.transaction)


def tries(database: str, scratch: str) -> tuple[Try, ...]:
    """Everything that operations do, to be done in schemas whose names begin with `scratch`."""
    built, public = f"{scratch}_built", f"{scratch}_public"
    table = RelationName(database, built, "sample")
    view = RelationName(database, public, "sample")
    kept = RelationName(database, LEDGER_SCHEMA, scratch)
    target = sql.qualified(table)
    return (
        (
            "make schemas",
            [f"CREATE SCHEMA {sql.qualified_schema(database, name)}" for name in (built, public)],
        ),
        ("make a table", [f"CREATE TABLE {target} (id INTEGER)"]),
        ("write to it", [f"INSERT INTO {target} VALUES (1)"]),
        (
            "lead a view to it",
            [f"CREATE OR REPLACE VIEW {sql.qualified(view)} AS SELECT * FROM {target}"],
        ),
        ("comment", [sql.comment_on(table, RelationKind.TABLE, "a try")]),
        (
            "keep the ledger",
            [
                f"CREATE SCHEMA IF NOT EXISTS {sql.qualified_schema(database, LEDGER_SCHEMA)}",
                f"CREATE TABLE {sql.qualified(kept)} (id INTEGER)",
                f"INSERT INTO {sql.qualified(kept)} VALUES (1)",
                f"DELETE FROM {sql.qualified(kept)}",
            ],
        ),
        (
            "drop",
            [f"DROP VIEW {sql.qualified(view)}", f"DROP TABLE {target}"],
        ),
    )
