# ruff: noqa: S608 - names are quoted and values bound
"""SQL text for the ledger's tables in PostgreSQL.

Times are kept as the ISO text that an event's hash covers, and payloads as the text that was
hashed: `timestamptz` would forget the offset, `jsonb` the order and some characters.
"""

from __future__ import annotations

from dbt_rewind.warehouse.postgres_sql import ledger_table
from dbt_rewind.warehouse.protocol import LEDGER_SCHEMA

_EVENT, _ARTIFACT = ledger_table("event"), ledger_table("artifact")
_LEASE, _LEDGER = ledger_table("lease"), ledger_table("ledger")

CREATE_TABLES = (
    f"""CREATE TABLE IF NOT EXISTS {_EVENT} (
  environment text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  at text NOT NULL,
  kind text NOT NULL,
  version integer NOT NULL,
  payload text NOT NULL,
  previous_hash text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  PRIMARY KEY (environment, sequence),
  UNIQUE (environment, previous_hash)
)""",
    f"""CREATE TABLE IF NOT EXISTS {_ARTIFACT} (
  digest text COLLATE "C" PRIMARY KEY,
  content bytea NOT NULL
)""",
    # The server need not try to compress what is compressed.
    f"ALTER TABLE {_ARTIFACT} ALTER COLUMN content SET STORAGE EXTERNAL",
    f"""CREATE TABLE IF NOT EXISTS {_LEASE} (
  environment text COLLATE "C" PRIMARY KEY,
  person text NOT NULL,
  host text NOT NULL,
  pid bigint NOT NULL,
  started text NOT NULL,
  operation text NOT NULL,
  fence bigint NOT NULL,
  acquired_at text NOT NULL,
  expires_at text NOT NULL,
  held boolean NOT NULL
)""",
    f"""CREATE TABLE IF NOT EXISTS {_LEDGER} (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version integer NOT NULL
)""",
)
"""The statements that make the ledger's tables where they are missing."""

HAS_SCHEMA = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace"
    f" WHERE nspname OPERATOR(pg_catalog.=) '{LEDGER_SCHEMA}')"
)
"""One row, true or false."""

DROP_TABLES = f"DROP TABLE IF EXISTS {_EVENT}, {_ARTIFACT}, {_LEASE}, {_LEDGER}"

LOCK = "SELECT pg_catalog.pg_advisory_xact_lock($1, $2)"
"""Waits for whoever holds the same two numbers, and holds them until the transaction ends."""

LOCK_SHARED = "SELECT pg_catalog.pg_advisory_xact_lock_shared($1, $2)"
"""The same, together with others who share them."""

SELECT_VERSION = f"SELECT version FROM {_LEDGER}"

RAISE_VERSION = f"UPDATE {_LEDGER} SET version = $1 WHERE version = $2"

INSERT_VERSION = f"INSERT INTO {_LEDGER} (version) VALUES ($1) ON CONFLICT DO NOTHING"

SELECT_EVENTS = (
    "SELECT environment, sequence, at, kind, version, payload, previous_hash, hash"
    f" FROM {_EVENT} WHERE environment = $1 AND sequence > $2 ORDER BY sequence"
)

SELECT_LAST = (
    f"SELECT sequence, hash FROM {_EVENT} WHERE environment = $1 ORDER BY sequence DESC LIMIT 1"
)

INSERT_EVENT = (
    f"INSERT INTO {_EVENT}"
    " (environment, sequence, at, kind, version, payload, previous_hash, hash)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)

SELECT_ENVIRONMENTS = (
    f"SELECT environment FROM {_EVENT} UNION SELECT environment FROM {_LEASE} WHERE held"
)

SELECT_ARTIFACT = f"SELECT content FROM {_ARTIFACT} WHERE digest = $1"

SELECT_KNOWN_ARTIFACTS = f"SELECT digest FROM {_ARTIFACT} WHERE digest = ANY ($1::text[])"

INSERT_ARTIFACT = (
    # Another environment may store the same content at this moment.
    f"INSERT INTO {_ARTIFACT} (digest, content) VALUES ($1, $2) ON CONFLICT DO NOTHING"
)

DELETE_ARTIFACTS = (
    f"DELETE FROM {_ARTIFACT} AS a WHERE a.digest = ANY ($1::text[])"
    f" AND NOT EXISTS (SELECT FROM {_EVENT} AS e"
    " WHERE e.environment <> $2 AND strpos(e.payload, a.digest) > 0)"
)
"""Takes a list of digests, and the environment whose events do not count."""

SELECT_LEASE = (
    "SELECT person, host, pid, started, operation, fence, acquired_at, expires_at, held"
    f" FROM {_LEASE} WHERE environment = $1"
)

SELECT_AND_LOCK_LEASE = f"{SELECT_LEASE} FOR UPDATE"

TAKE_LEASE = (
    f"INSERT INTO {_LEASE} (environment, person, host, pid, started, operation, fence,"
    " acquired_at, expires_at, held) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, true)"
    " ON CONFLICT (environment) DO UPDATE SET person = $2, host = $3, pid = $4, started = $5,"
    " operation = $6, fence = $7, acquired_at = $8, expires_at = $9, held = true"
)

PROLONG_LEASE = (
    f"UPDATE {_LEASE} SET expires_at = $1 WHERE environment = $2 AND fence = $3 AND held"
)
"""Writes one row where the environment's lease is held under the given fence, else none."""

LOCK_LEASE = (
    f"SELECT FROM {_LEASE} WHERE environment = $1 AND fence = $2 AND held FOR NO KEY UPDATE"
)
"""One row where the environment's lease is held under the given fence, which stays so until the
transaction ends; else none."""

FREE_LEASE = f"UPDATE {_LEASE} SET held = false WHERE environment = $1 AND fence = $2 AND held"
