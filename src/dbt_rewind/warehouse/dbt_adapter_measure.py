"""Counts and fingerprints relations through the door."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import Column, ColumnProfile, Measure, RelationName
from dbt_rewind.warehouse import dbt_adapter_catalogue as catalogue
from dbt_rewind.warehouse.dbt_adapter_session import Session, is_broken
from dbt_rewind.warehouse.dbt_adapter_sql import (
    count_duplicates,
    count_rows,
    fingerprint_rows,
    qualified,
)
from dbt_rewind.warehouse.probing import probe_text
from dbt_rewind.warehouse.probing import unreadable as find_unreadable

_WORD = 2**64
_NUMBER = re.compile(
    r"(u?(tiny|small|big|huge|byte)?int|int\d+|integer|long|short|byte|dec|num|float|double|real)",
    re.IGNORECASE,
)
"""How the types begin that have a sum; an `interval` begins otherwise."""


def algorithm(session: Session) -> str:
    """`door-spark-1`: the adapter's own hash functions, in our arrangement of them."""
    return f"door-{session.dialect.name}-1"


def measure(
    session: Session, relation: RelationName, *, fingerprint: bool, totals: Collection[str] = ()
) -> Measure:
    """The relation's number of rows and, if asked, its fingerprint and its columns' profiles."""
    dialect = session.dialect
    doing = f"measuring {relation}"
    if not fingerprint:
        row = session.row(doing, count_rows(dialect, relation))
        return Measure(int(row[0]) if row else 0, None)
    found = catalogue.relations(session, [relation]).get(relation)
    if found is None:
        raise WarehouseFailed(doing, "it does not exist")
    columns = found.columns
    summed = [each.name for each in columns if each.name in totals and _has_sum(each)]
    statement = fingerprint_rows(dialect, relation, [each.name for each in columns], summed)
    count, first, second, *figures = session.rows(doing, statement)[0]
    sums = dict(zip(summed, figures[len(columns) :], strict=True))
    return Measure(
        int(count),
        _fingerprint(session, columns, int(count), (int(first or 0), int(second or 0))),
        tuple(
            ColumnProfile(each.name, each.type, int(count) - int(filled), sums.get(each.name))
            for each, filled in zip(columns, figures, strict=False)
        ),
    )


def duplicates(session: Session, relation: RelationName, key: Sequence[str]) -> int:
    """How many values of the key stand in more than one row."""
    doing = f"looking for duplicates in {relation}"
    return int(session.rows(doing, count_duplicates(session.dialect, relation, key))[0][0])


def unreadable(session: Session, names: Collection[RelationName]) -> Mapping[RelationName, str]:
    """Those that cannot be queried, with the driver's words."""
    dialect = session.dialect

    def probe(part: Sequence[RelationName]) -> None:
        text = probe_text([qualified(dialect, name) for name in part])
        session.rows("looking for what cannot be queried", text)

    return find_unreadable(names, probe, partial(is_broken, dialect))


def _has_sum(column: Column) -> bool:
    return _NUMBER.match(column.type) is not None and not column.type.lower().startswith("interval")


def _fingerprint(
    session: Session, columns: Sequence[Column], count: int, sums: tuple[int, int]
) -> str:
    """`door-spark-1:<rows>-<sum>-<sum>` of the rows' hashes and the columns' names and types."""
    header = hashlib.sha256(json.dumps([[c.name, c.type] for c in columns]).encode()).digest()
    first = (sums[0] + int.from_bytes(header[:8])) % _WORD
    second = (sums[1] + int.from_bytes(header[8:16])) % _WORD
    return f"{algorithm(session)}:{count}-{first:016x}-{second:016x}"
