# ruff: noqa: S608 - names are quoted and values bound
"""SQL text for the ledger's tables in DuckDB.

Times are kept as the ISO text that an event's hash covers: a timestamp column would forget the
offset. `database` is always the catalogue that holds the ledger.
"""

from __future__ import annotations

from dbt_rewind.warehouse.duckdb_sql import create_schema, ledger_table
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA


def create_ledger(database: str) -> tuple[str, ...]:
    """The statements that make the ledger's schema and tables where they are missing."""
    return (
        create_schema(database, LEDGER_SCHEMA),
        f"""CREATE TABLE IF NOT EXISTS {ledger_table(database, "event")} (
  environment VARCHAR NOT NULL,
  sequence BIGINT NOT NULL,
  "at" VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  version INTEGER NOT NULL,
  payload VARCHAR NOT NULL,
  previous_hash VARCHAR NOT NULL,
  hash VARCHAR NOT NULL,
  PRIMARY KEY (environment, sequence),
  UNIQUE (environment, previous_hash)
)""",
        f"""CREATE TABLE IF NOT EXISTS {ledger_table(database, "artifact")} (
  digest VARCHAR PRIMARY KEY,
  content BLOB NOT NULL
)""",
        f"""CREATE TABLE IF NOT EXISTS {ledger_table(database, "lease")} (
  environment VARCHAR PRIMARY KEY,
  person VARCHAR NOT NULL,
  host VARCHAR NOT NULL,
  pid BIGINT NOT NULL,
  started VARCHAR NOT NULL,
  operation VARCHAR NOT NULL,
  fence BIGINT NOT NULL,
  acquired_at VARCHAR NOT NULL,
  expires_at VARCHAR NOT NULL,
  held BOOLEAN NOT NULL,
  writes BIGINT NOT NULL
)""",
        f"""CREATE TABLE IF NOT EXISTS {ledger_table(database, "ledger")} (
  only_row BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_row),
  version INTEGER NOT NULL
)""",
    )


def drop_ledger(database: str) -> tuple[str, ...]:
    """The statements that drop the ledger's tables."""
    names = ("event", "artifact", "lease", "ledger")
    return tuple(f"DROP TABLE IF EXISTS {ledger_table(database, name)}" for name in names)


def raise_version(database: str) -> str:
    """Takes the new version and the one that was found."""
    return f"UPDATE {ledger_table(database, 'ledger')} SET version = ? WHERE version = ?"


def insert_version(database: str) -> str:
    table = ledger_table(database, "ledger")
    return f"INSERT INTO {table} (version) VALUES (?) ON CONFLICT DO NOTHING"


def select_version(database: str) -> str:
    return f"SELECT version FROM {ledger_table(database, 'ledger')}"


def select_events(database: str) -> str:
    return (
        'SELECT environment, sequence, "at", kind, version, payload, previous_hash, hash'
        f" FROM {ledger_table(database, 'event')}"
        " WHERE environment = ? AND sequence > ? ORDER BY sequence"
    )


def select_last(database: str) -> str:
    return (
        f"SELECT sequence, hash FROM {ledger_table(database, 'event')}"
        " WHERE environment = ? ORDER BY sequence DESC LIMIT 1"
    )


def insert_event(database: str) -> str:
    return (
        f"INSERT INTO {ledger_table(database, 'event')}"
        ' (environment, sequence, "at", kind, version, payload, previous_hash, hash)'
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    )


def select_artifact(database: str) -> str:
    return f"SELECT content FROM {ledger_table(database, 'artifact')} WHERE digest = ?"


def select_known_artifacts(database: str) -> str:
    table = ledger_table(database, "artifact")
    return f"SELECT digest FROM {table} WHERE digest IN (SELECT unnest(?::VARCHAR[]))"


def insert_artifact(database: str) -> str:
    return f"INSERT INTO {ledger_table(database, 'artifact')} (digest, content) VALUES (?, ?)"


def delete_artifacts(database: str) -> str:
    """Takes a list of digests, and the environment whose events do not count."""
    return (
        f"DELETE FROM {ledger_table(database, 'artifact')} AS a"
        " WHERE a.digest IN (SELECT unnest(?::VARCHAR[]))"
        f" AND NOT EXISTS (SELECT 1 FROM {ledger_table(database, 'event')} AS e"
        " WHERE e.environment <> ? AND contains(e.payload, a.digest))"
    )


def select_environments(database: str) -> str:
    return (
        f"SELECT environment FROM {ledger_table(database, 'event')}"
        f" UNION SELECT environment FROM {ledger_table(database, 'lease')} WHERE held"
    )


def select_lease(database: str) -> str:
    return (
        "SELECT environment, person, host, pid, started, operation, fence, acquired_at,"
        f" expires_at, held FROM {ledger_table(database, 'lease')} WHERE environment = ?"
    )


def insert_lease(database: str) -> str:
    return (
        f"INSERT INTO {ledger_table(database, 'lease')} (person, host, pid, started, operation,"
        " fence, acquired_at, expires_at, held, writes, environment)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, true, 1, ?)"
    )


# Every update of a lease counts in `writes`, because DuckDB compares transactions column by column
# and passes over an update that changes nothing: two that write one row would not always conflict.
# None of them says RETURNING: DuckDB then replaces the row, and another transaction's update of the
# replaced one is lost without a conflict. An update's own result is the number of rows it wrote.


def update_lease(database: str) -> str:
    return (
        f"UPDATE {ledger_table(database, 'lease')} SET person = ?, host = ?, pid = ?, started = ?,"
        " operation = ?, fence = ?, acquired_at = ?, expires_at = ?, held = true,"
        " writes = writes + 1 WHERE environment = ?"
    )


def prolong_lease(database: str) -> str:
    """Writes one row where the environment's lease is held under the given fence, else none."""
    return (
        f"UPDATE {ledger_table(database, 'lease')} SET expires_at = ?, writes = writes + 1"
        " WHERE environment = ? AND fence = ? AND held"
    )


def touch_lease(database: str) -> str:
    """Writes one row where the lease is held under the given fence, so that whoever takes it
    meanwhile conflicts; else none."""
    return (
        f"UPDATE {ledger_table(database, 'lease')} SET writes = writes + 1"
        " WHERE environment = ? AND fence = ? AND held"
    )


def free_lease(database: str) -> str:
    return (
        f"UPDATE {ledger_table(database, 'lease')} SET held = false, writes = writes + 1"
        " WHERE environment = ? AND fence = ? AND held"
    )
