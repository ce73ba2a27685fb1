# ruff: noqa: S608 - names are quoted and values bound
"""SQL text for the ledger's tables in any dialect; they are those of every other warehouse, and one
more where publishes are journalled. Times are ISO texts, which an event's hash covers.
"""

from __future__ import annotations

from collections.abc import Sequence

from dbt_rewind.warehouse.dbt_adapter_dialect import Dialect
from dbt_rewind.warehouse.dbt_adapter_sql import (
    VALUE,
    columns_text,
    create_schema,
    qualified_schema,
    quoted,
)
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA

EVENT = ("environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash")
LEASE = (
    *("person", "host", "pid", "started", "operation", "fence", "acquired_at", "expires_at"),
    *("held", "writes", "environment"),
)
JOURNAL = ("environment", "hash", "content")

_BIG = frozenset({"sequence", "pid", "fence", "writes"})
_INTEGER = frozenset({"version", "part", "parts"})
_TRUTH = frozenset({"held", "only_row"})


def table(dialect: Dialect, database: str, name: str) -> str:
    return f"{qualified_schema(dialect, database, LEDGER_SCHEMA)}.{quoted(dialect, name)}"


def tables(dialect: Dialect) -> tuple[str, ...]:
    names = ("event", "artifact", "lease", "ledger")
    return (*names, "journal") if dialect.journalled else names


def create_ledger(dialect: Dialect, database: str) -> tuple[str, ...]:
    """The statements that make the ledger's schema and tables where they are missing."""
    artifact = (
        _columns(dialect, ("digest", "part", "parts", "content"))
        if dialect.chunk
        else [
            f"{quoted(dialect, 'digest')} {dialect.types.text} NOT NULL",
            f"{quoted(dialect, 'content')} {dialect.types.octets} NOT NULL",
        ]
    )
    keys: dict[str, list[tuple[str, Sequence[str]]]] = {
        "event": [("PRIMARY KEY", EVENT[:2]), ("UNIQUE", ("environment", "previous_hash"))],
        "artifact": [("PRIMARY KEY", ("digest",))],
        "lease": [("PRIMARY KEY", ("environment",))],
        "ledger": [("PRIMARY KEY", ("only_row",))],
    }
    columns = {
        "event": _columns(dialect, EVENT),
        "artifact": artifact,
        "lease": _columns(dialect, (LEASE[-1], *LEASE[:-1])),
        "ledger": _columns(dialect, ("only_row", "version")),
        "journal": _columns(dialect, JOURNAL),
    }
    made = [create_schema(dialect, database, LEDGER_SCHEMA)]
    for name in tables(dialect):
        parts = list(columns[name])
        if dialect.keys:
            parts += [f"{key} ({columns_text(dialect, each)})" for key, each in keys.get(name, [])]
        made.append(
            f"CREATE TABLE IF NOT EXISTS {table(dialect, database, name)}"
            f" ({', '.join(parts)}){dialect.table_options}"
        )
    return tuple(made)


def _columns(dialect: Dialect, names: Sequence[str]) -> list[str]:
    return [f"{quoted(dialect, name)} {_type(dialect, name)} NOT NULL" for name in names]


def _type(dialect: Dialect, column: str) -> str:
    if column in _BIG:
        return dialect.types.big
    if column in _INTEGER:
        return dialect.types.integer
    return dialect.types.truth if column in _TRUTH else dialect.types.text


def drop_ledger(dialect: Dialect, database: str) -> tuple[str, ...]:
    # The version goes first: without it there is no ledger, whatever is still there.
    names = ("ledger", *(name for name in tables(dialect) if name != "ledger"))
    return tuple(f"DROP TABLE IF EXISTS {table(dialect, database, name)}" for name in names)


def select(
    dialect: Dialect,
    database: str,
    name: str,
    columns: Sequence[str],
    where: Sequence[str] = (),
    more: str = "",
) -> str:
    """Rows of a ledger's table; each of `where` is a column that equals a value."""
    conditions = " AND ".join(f"{quoted(dialect, column)} = {VALUE}" for column in where)
    filtered = f" WHERE {conditions}{more}" if where else more
    listed = columns_text(dialect, columns)
    return f"SELECT {listed} FROM {table(dialect, database, name)}{filtered}"


def select_events(dialect: Dialect, database: str) -> str:
    sequence = quoted(dialect, "sequence")
    after = f" AND {sequence} > {VALUE} ORDER BY {sequence}"
    return select(dialect, database, "event", EVENT, ["environment"], after)


def select_last(dialect: Dialect, database: str) -> str:
    newest = f" ORDER BY {quoted(dialect, 'sequence')} DESC LIMIT 1"
    return select(dialect, database, "event", ("sequence", "hash"), ["environment"], newest)


def insert(dialect: Dialect, database: str, name: str, columns: Sequence[str]) -> str:
    marks = ", ".join([VALUE] * len(columns))
    listed = columns_text(dialect, columns)
    return f"INSERT INTO {table(dialect, database, name)} ({listed}) VALUES ({marks})"


def insert_where_none(
    dialect: Dialect, database: str, name: str, columns: Sequence[str], where: str
) -> str:
    """Takes the columns' values, and those of `where`: a condition that no row may fulfil."""
    row = ", ".join(f"{VALUE} AS {quoted(dialect, column)}" for column in columns)
    listed = columns_text(dialect, columns)
    place = table(dialect, database, name)
    return (
        f"INSERT INTO {place} ({listed}) SELECT {listed} FROM (SELECT {row}) AS one"
        f" WHERE NOT EXISTS (SELECT 1 FROM {place} AS t WHERE {where})"
    )


def append_event(dialect: Dialect, database: str) -> str:
    """Takes the event's values, its environment and its sequence; writes nothing where the chain
    has gone that far."""
    where = f"t.{quoted(dialect, 'environment')} = {VALUE}"
    where += f" AND t.{quoted(dialect, 'sequence')} >= {VALUE}"
    return insert_where_none(dialect, database, "event", EVENT, where)


def first_lease(dialect: Dialect, database: str) -> str:
    """Takes the lease's values and its environment; writes nothing where it has a row."""
    where = f"t.{quoted(dialect, 'environment')} = {VALUE}"
    return insert_where_none(dialect, database, "lease", LEASE, where)


def delete(dialect: Dialect, database: str, name: str, where: Sequence[str]) -> str:
    conditions = " AND ".join(f"{quoted(dialect, column)} = {VALUE}" for column in where)
    return f"DELETE FROM {table(dialect, database, name)} WHERE {conditions}"


def delete_artifacts(dialect: Dialect, database: str, number: int) -> str:
    """Takes that many digests."""
    marks = ", ".join([VALUE] * number)
    place = table(dialect, database, "artifact")
    return f"DELETE FROM {place} WHERE {quoted(dialect, 'digest')} IN ({marks})"


def select_known_artifacts(dialect: Dialect, database: str, number: int) -> str:
    """Takes that many digests."""
    marks = ", ".join([VALUE] * number)
    digest = quoted(dialect, "digest")
    place = table(dialect, database, "artifact")
    return f"SELECT DISTINCT {digest} FROM {place} WHERE {digest} IN ({marks})"


def select_payloads_of_others(dialect: Dialect, database: str) -> str:
    """Takes an environment; the payloads of all others."""
    place = table(dialect, database, "event")
    environment, payload = quoted(dialect, "environment"), quoted(dialect, "payload")
    return f"SELECT {payload} FROM {place} WHERE {environment} <> {VALUE}"


def select_environments(dialect: Dialect, database: str) -> tuple[str, str]:
    """Those with events, and those with a holder: dialects write the union of two in two ways."""
    environment = quoted(dialect, "environment")
    held = f"WHERE {quoted(dialect, 'held')}"
    return (
        f"SELECT DISTINCT {environment} FROM {table(dialect, database, 'event')}",
        f"SELECT DISTINCT {environment} FROM {table(dialect, database, 'lease')} {held}",
    )


def raise_version(dialect: Dialect, database: str) -> str:
    """Takes the new version and the one that was found."""
    version = quoted(dialect, "version")
    place = table(dialect, database, "ledger")
    return f"UPDATE {place} SET {version} = {VALUE} WHERE {version} = {VALUE}"


# Every update of a lease counts in `writes`: an update that changes nothing is no write to some
# warehouses, and two of them would not conflict.


def take_lease(dialect: Dialect, database: str) -> str:
    """Takes the lease's values but `writes`, and the fence and `held` that were seen."""
    columns = [each for each in LEASE[:-1] if each != "writes"]
    changes = ", ".join(f"{quoted(dialect, column)} = {VALUE}" for column in columns)
    return _update_lease(dialect, database, changes, ("environment", "fence", "held"))


def prolong_lease(dialect: Dialect, database: str) -> str:
    """Takes the new end, the environment and the fence."""
    changes = f"{quoted(dialect, 'expires_at')} = {VALUE}"
    return _update_lease(dialect, database, changes, ("environment", "fence"), held=True)


def touch_lease(dialect: Dialect, database: str) -> str:
    """Takes the environment and the fence."""
    return _update_lease(dialect, database, "", ("environment", "fence"), held=True)


def free_lease(dialect: Dialect, database: str) -> str:
    """Takes the environment and the fence."""
    changes = f"{quoted(dialect, 'held')} = false"
    return _update_lease(dialect, database, changes, ("environment", "fence"), held=True)


def _update_lease(
    dialect: Dialect, database: str, changes: str, where: Sequence[str], *, held: bool = False
) -> str:
    writes = quoted(dialect, "writes")
    counted = f"{writes} = {writes} + 1"
    conditions = " AND ".join(f"{quoted(dialect, column)} = {VALUE}" for column in where)
    only_held = f" AND {quoted(dialect, 'held')}" if held else ""
    return (
        f"UPDATE {table(dialect, database, 'lease')}"
        f" SET {f'{changes}, ' if changes else ''}{counted} WHERE {conditions}{only_held}"
    )
