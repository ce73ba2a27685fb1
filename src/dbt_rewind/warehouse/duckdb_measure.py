"""Counts and fingerprints relations in DuckDB."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence

import duckdb

from dbt_rewind.model import ColumnProfile, Measure, RelationName
from dbt_rewind.warehouse import duckdb_sql
from dbt_rewind.warehouse.duckdb_session import Session

_WORD = 2**64
_AT_ONCE = 200
_NUMBERS = frozenset({"DECIMAL", "DOUBLE", "FLOAT", "BIGINT", "HUGEINT", "INTEGER", "SMALLINT"})
_NUMBERS |= {"TINYINT", "UBIGINT", "UHUGEINT", "UINTEGER", "USMALLINT", "UTINYINT"}


def algorithm() -> str:
    """`duckdb-1.4`: DuckDB may change its hash function from one minor version to the next."""
    major, minor, *_ = duckdb.__version__.split(".")
    return f"duckdb-{major}.{minor}"


def measure(
    session: Session, relation: RelationName, *, fingerprint: bool, totals: Collection[str] = ()
) -> Measure:
    """The relation's number of rows and, if asked, its fingerprint and its columns' profiles."""
    doing = f"measuring {relation}"
    if not fingerprint:
        row = session.row(doing, duckdb_sql.count_rows(relation))
        return Measure(row[0] if row else 0, None)
    described = session.rows(doing, duckdb_sql.describe(relation))
    columns = [(str(name), str(type_name)) for name, type_name, *_ in described]
    summed = [name for name, type_name in columns if name in totals and _has_sum(type_name)]
    statement = duckdb_sql.fingerprint_rows(relation, [name for name, _ in columns], summed)
    count, mixed, total, *figures = session.rows(doing, statement)[0]
    sums = dict(zip(summed, figures[len(columns) :], strict=True))
    return Measure(
        count,
        _fingerprint(columns, count, mixed or 0, int(total or 0)),
        tuple(
            ColumnProfile(name, type_name, count - filled, sums.get(name))
            for (name, type_name), filled in zip(columns, figures, strict=False)
        ),
    )


def duplicates(session: Session, relation: RelationName, key: Sequence[str]) -> int:
    """How many values of the key stand in more than one row."""
    doing = f"looking for duplicates in {relation}"
    return int(session.rows(doing, duckdb_sql.count_duplicates(relation, key))[0][0])


def sizes(session: Session, tables: Sequence[RelationName]) -> dict[RelationName, int]:
    """The bytes of each table on disk, in whole blocks: small tables share theirs, so that each of
    them counts the same one."""
    doing = "reading sizes"
    row = session.row(doing, duckdb_sql.BLOCK_SIZE, [session.database])
    block = int(row[0]) if row else 0
    found: dict[RelationName, int] = {}
    for start in range(0, len(tables), _AT_ONCE):
        part = tables[start : start + _AT_ONCE]
        rows = session.rows(
            doing, duckdb_sql.count_blocks(len(part)), [duckdb_sql.qualified(t) for t in part]
        )
        found |= {part[at]: blocks * block for at, blocks in rows}
    return found


def _has_sum(type_name: str) -> bool:
    return type_name.split("(", maxsplit=1)[0] in _NUMBERS


def _fingerprint(columns: list[tuple[str, str]], count: int, mixed: int, total: int) -> str:
    """`duckdb-1.4:<rows>-<exclusive or>-<sum>`: neither depends on the order of rows; the sum tells
    apart what the exclusive or does not, because there two equal rows cancel each other."""
    header = hashlib.sha256(json.dumps(columns).encode()).digest()
    mixed ^= int.from_bytes(header[:8])
    total = (total + int.from_bytes(header[8:16])) % _WORD
    return f"{algorithm()}:{count}-{mixed:016x}-{total:016x}"
