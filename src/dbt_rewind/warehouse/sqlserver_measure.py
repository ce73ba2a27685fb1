"""Counts and fingerprints relations in SQL Server."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from typing import Final

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import Column, ColumnProfile, Measure, RelationName
from dbt_rewind.warehouse import sqlserver_catalogue
from dbt_rewind.warehouse import sqlserver_measure_sql as sql
from dbt_rewind.warehouse.sqlserver_measure_sql import LANES
from dbt_rewind.warehouse.sqlserver_session import Session

ALGORITHM: Final = "sqlserver-1"
"""SHA-256 over our own encoding of a row, whatever the server's version; 1 is the encoding."""

_WORD = 2**64


def measure(
    session: Session, relation: RelationName, *, fingerprint: bool, totals: Collection[str] = ()
) -> Measure:
    """The relation's number of rows and, if asked, its fingerprint and its columns' profiles."""
    doing = f"measuring {relation}"
    if not fingerprint:
        row = session.row(doing, sql.count_rows(relation))
        return Measure(int(row[0]) if row else 0, None)
    info = sqlserver_catalogue.relations(session, [relation]).get(relation)
    if info is None:
        raise WarehouseFailed(doing, "it does not exist")
    summed = [each for each in info.columns if each.name in totals and sql.has_sum(each)]
    statement = sql.fingerprint_rows(relation, info.columns, summed)
    count, *figures = session.rows(doing, statement)[0]
    lanes, filled = figures[:LANES], figures[LANES : LANES + len(info.columns)]
    sums = dict(
        zip((each.name for each in summed), figures[LANES + len(info.columns) :], strict=True)
    )
    return Measure(
        int(count),
        _fingerprint(info.columns, int(count), [int(lane or 0) for lane in lanes]),
        tuple(
            ColumnProfile(column.name, column.type, int(count) - int(of), sums.get(column.name))
            for column, of in zip(info.columns, filled, strict=True)
        ),
    )


def duplicates(session: Session, relation: RelationName, key: Sequence[str]) -> int:
    """How many values of the key stand in more than one row."""
    doing = f"looking for duplicates in {relation}"
    return int(session.rows(doing, sql.count_duplicates(relation, key))[0][0])


def _fingerprint(columns: Sequence[Column], count: int, lanes: Sequence[int]) -> str:
    """`sqlserver-1:<rows>-<sum>-<sum>-<sum>-<sum>`, with the columns' names and types added."""
    names = json.dumps([(column.name, column.type) for column in columns])
    header = hashlib.sha256(names.encode()).digest()
    parts = [
        f"{(lane + int.from_bytes(header[8 * at : 8 * at + 8])) % _WORD:016x}"
        for at, lane in enumerate(lanes)
    ]
    return f"{ALGORITHM}:{count}-{'-'.join(parts)}"
