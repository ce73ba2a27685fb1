"""Counts and fingerprints relations in DuckDB."""

from __future__ import annotations

import hashlib
import json

import duckdb

from dbt_rewind.model import Measure, RelationName
from dbt_rewind.warehouse import duckdb_sql
from dbt_rewind.warehouse.duckdb_session import Session

_WORD = 2**64


def algorithm() -> str:
    """`duckdb-1.4`: DuckDB may change its hash function from one minor version to the next."""
    major, minor, *_ = duckdb.__version__.split(".")
    return f"duckdb-{major}.{minor}"


def measure(session: Session, relation: RelationName, *, fingerprint: bool) -> Measure:
    """The relation's number of rows and, if asked, its fingerprint."""
    doing = f"measuring {relation}"
    if not fingerprint:
        row = session.row(doing, duckdb_sql.count_rows(relation))
        return Measure(row[0] if row else 0, None)
    described = session.rows(doing, duckdb_sql.describe(relation))
    columns = [(str(name), str(type_name)) for name, type_name, *_ in described]
    statement = duckdb_sql.fingerprint_rows(relation, [name for name, _ in columns])
    row = session.row(doing, statement)
    count, mixed, total = row or (0, None, None)
    return Measure(count, _fingerprint(columns, count, mixed or 0, int(total or 0)))


def _fingerprint(columns: list[tuple[str, str]], count: int, mixed: int, total: int) -> str:
    """`duckdb-1.4:<rows>-<exclusive or>-<sum>`: neither depends on the order of rows; the sum tells
    apart what the exclusive or does not, because there two equal rows cancel each other."""
    header = hashlib.sha256(json.dumps(columns).encode()).digest()
    mixed ^= int.from_bytes(header[:8])
    total = (total + int.from_bytes(header[8:16])) % _WORD
    return f"{algorithm()}:{count}-{mixed:016x}-{total:016x}"
