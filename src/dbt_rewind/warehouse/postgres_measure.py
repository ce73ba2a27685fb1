"""Counts and fingerprints relations in PostgreSQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import Column, ColumnProfile, Measure, RelationName
from dbt_rewind.warehouse import postgres_catalogue
from dbt_rewind.warehouse import postgres_measure_sql as sql
from dbt_rewind.warehouse.postgres_session import Session

_WORD = 2**64
_VERSION = 1
"""Of how we make a fingerprint."""


def algorithm(session: Session) -> str:
    """`postgres-18-1`: PostgreSQL may change its hash function, and how it writes a value, from one
    major version to the next."""
    row = session.row("reading the server's version", sql.SERVER_VERSION)
    return f"postgres-{row[0] if row else 0}-{_VERSION}"


def measure(
    session: Session, relation: RelationName, *, fingerprint: bool, totals: Collection[str] = ()
) -> Measure:
    """The relation's number of rows and, if asked, its fingerprint and its columns' profiles."""
    doing = f"measuring {relation}"
    if not fingerprint:
        row = session.row(doing, sql.count_rows(relation))
        return Measure(row[0] if row else 0, None)
    with session.reading(doing):
        return _fingerprinted(session, doing, relation, totals)


def duplicates(session: Session, relation: RelationName, key: Sequence[str]) -> int:
    """How many values of the key stand in more than one row."""
    doing = f"looking for duplicates in {relation}"
    return int(session.rows(doing, sql.count_duplicates(relation, key))[0][0])


def _fingerprinted(
    session: Session, doing: str, relation: RelationName, totals: Collection[str]
) -> Measure:
    info = postgres_catalogue.relations(session, [relation]).get(relation)
    if info is None:
        raise WarehouseFailed(doing, "it does not exist")
    session.run(doing, sql.PLAIN_TEXTS)
    names = [column.name for column in info.columns]
    summed = [each.name for each in info.columns if each.name in totals and _has_sum(each)]
    statement = sql.fingerprint_rows(relation, names, summed)
    count, mixed, total, *figures = session.rows(doing, statement)[0]
    sums = dict(zip(summed, figures[len(names) :], strict=True))
    return Measure(
        count,
        f"{algorithm(session)}:{_figures(info.columns, count, mixed or 0, int(total or 0))}",
        tuple(
            ColumnProfile(column.name, column.type, count - filled, sums.get(column.name))
            for column, filled in zip(info.columns, figures, strict=False)
        ),
    )


def _has_sum(column: Column) -> bool:
    return column.type.split("(", maxsplit=1)[0] in sql.SUMMED


def _figures(columns: Sequence[Column], count: int, mixed: int, total: int) -> str:
    """`<rows>-<exclusive or>-<sum>`: neither depends on the order of rows; the sum tells apart what
    the exclusive or does not, because there two equal rows cancel each other."""
    names = json.dumps([(column.name, column.type) for column in columns])
    header = hashlib.sha256(names.encode()).digest()
    mixed = (mixed % _WORD) ^ int.from_bytes(header[:8])
    total = (total + int.from_bytes(header[8:16])) % _WORD
    return f"{count}-{mixed:016x}-{total:016x}"
