# ruff: noqa: S608 - nothing but our own text
"""Names as the server compares them.

What makes two spellings one name is the database's collation: case or none, accents or none. Nobody
but the server can tell, so that it is asked; and it is given many names at a time, packed into one
value, because a statement takes no more than 2,100.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.sqlserver_session import Session
from dbt_rewind.warehouse.sqlserver_sql import LONGEST_NAME, NAME_UNITS

_CELL = 2 * LONGEST_NAME
_DIGITS = "(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))"

ASKED = f"""WITH asked AS (
    SELECT
        places.[position],
        CONVERT(nvarchar(128), SUBSTRING(@names, places.[position] * {2 * _CELL} + 1, {_CELL}))
            COLLATE CATALOG_DEFAULT AS [schema],
        CONVERT(nvarchar(128), SUBSTRING(
            @names, places.[position] * {2 * _CELL} + {_CELL + 1}, {_CELL}
        )) COLLATE CATALOG_DEFAULT AS [name]
    FROM (
        SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS [position]
        FROM {_DIGITS} AS a (n)
        CROSS JOIN {_DIGITS} AS b (n)
        CROSS JOIN {_DIGITS} AS c (n)
        CROSS JOIN {_DIGITS} AS d (n)
        CROSS JOIN {_DIGITS} AS e (n)
    ) AS places
    WHERE places.[position] < DATALENGTH(@names) / {2 * _CELL}
)
"""
"""Begins a query on `asked`: position, schema and name of each name in `@names`."""

SAME_NAMES = f"""{ASKED}SELECT
    asked.[position], MIN(asked.[position]) OVER (PARTITION BY asked.[schema], asked.[name])
FROM asked;"""
"""The position of each name, and the first position of the same name."""

_MOST = 100_000


def packed(names: Sequence[RelationName]) -> bytes:
    """The names as `ASKED` reads them: cells of 128 characters for schema and name, filled up with
    spaces, which the server passes over in every comparison of names."""
    parts = (part for name in names for part in (name.schema, name.name))
    return b"".join(
        (part + " " * (LONGEST_NAME - NAME_UNITS.of(part))).encode("utf-16-le", "surrogatepass")
        for part in parts
    )


def possible(names: Collection[RelationName]) -> list[RelationName]:
    """Those of `names` that an object can have, each once."""
    return [
        name
        for name in dict.fromkeys(names)
        if all(0 < NAME_UNITS.of(part) <= LONGEST_NAME for part in (name.schema, name.name))
    ]


def asked(
    session: Session, doing: str, statement: str, names: Collection[RelationName]
) -> list[tuple[Any, ...]]:
    """The rows that a statement on `asked` has for `names`, with the name itself in the place of
    its position, which is the first column."""
    wanted = possible(names)
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(wanted), _MOST):
        part = wanted[start : start + _MOST]
        rows = session.rows(doing, statement, names=packed(part))
        found += [(part[row[0]], *row[1:]) for row in rows]
    return found


def identity(session: Session, names: Collection[RelationName]) -> Callable[..., RelationName]:
    """What folds each of `names` to the first of them that the server takes for the same."""
    wanted = possible(names)
    rows = session.rows("comparing names", SAME_NAMES, names=packed(wanted)) if wanted else []
    folded = {wanted[position]: wanted[first] for position, first in rows}
    database = session.database

    def fold(name: RelationName) -> RelationName:
        same = folded.get(name, name)
        return RelationName(database, same.schema, same.name)

    return fold
