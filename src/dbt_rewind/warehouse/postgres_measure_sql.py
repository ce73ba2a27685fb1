# ruff: noqa: S608 - names are quoted and values bound
"""SQL text that counts and fingerprints relations in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.postgres_sql import PLAIN_PATH, qualified, quoted

PLAIN_TEXTS = "; ".join(
    (
        PLAIN_PATH,
        "SET LOCAL TimeZone TO 'UTC'",
        "SET LOCAL DateStyle TO 'ISO, YMD'",
        "SET LOCAL IntervalStyle TO 'postgres'",
        "SET LOCAL extra_float_digits TO 1",
        "SET LOCAL bytea_output TO 'hex'",
        "SET LOCAL xmlbinary TO 'base64'",
        "SET LOCAL lc_monetary TO 'C'",
        "SET LOCAL row_security TO off",  # an error, and not figures of some of the rows
        "SET LOCAL jit TO off",
    )
)
"""For the rest of the transaction, a value has one text, whatever the role or the database have
set."""

SUMMED = ("smallint", "integer", "bigint", "numeric", "real", "double precision")

SERVER_VERSION = "SELECT pg_catalog.current_setting('server_version_num')::integer / 10000"


def count_rows(relation: RelationName) -> str:
    return f"SELECT count(*) FROM {qualified(relation)}"


def fingerprint_rows(
    relation: RelationName, columns: Sequence[str], totals: Sequence[str] = ()
) -> str:
    """One row: the count, the exclusive or and the sum of the rows' 64-bit hashes, how often each
    column is not NULL, and the sums of `totals`.

    A row is hashed as its text, in which NULL is nothing and an empty text is `""`: a type needs no
    hash function, and what looks different is different.
    """
    names = ", ".join(map(quoted, columns))
    hashed = f'pg_catalog.hashtextextended(ROW({names})::text COLLATE "C", 0)'
    passed = "".join(f", {quoted(name)} AS c{at}" for at, name in enumerate(columns))
    filled = "".join(f", count(c{at})" for at in range(len(columns)))
    sums = "".join(f", sum(c{columns.index(name)})::text" for name in totals)
    return (
        f"SELECT count(*), bit_xor(h), sum(h){filled}{sums}"
        # Without OFFSET the hash would be taken twice.
        f" FROM (SELECT {hashed} AS h{passed} FROM {qualified(relation)} OFFSET 0) AS hashed"
    )


def count_duplicates(relation: RelationName, key: Sequence[str]) -> str:
    """One row: how many values of the key stand in more than one row."""
    names = ", ".join(map(quoted, key))
    filled = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in key)
    return (
        f"SELECT count(*) FROM (SELECT FROM {qualified(relation)} WHERE {filled}"
        f" GROUP BY {names} HAVING count(*) > 1) AS more"
    )
