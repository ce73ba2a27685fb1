# ruff: noqa: S608 - an expression that reads SQL, no SQL
"""Reads where a view leads from the text that DuckDB stores for it."""

from __future__ import annotations

import re

from dbt_rewind.model import RelationName

_NAME = r'(?:"(?:[^"]|"")*"|\w+)'
_POINTER = re.compile(
    rf"CREATE VIEW {_NAME}(?:\.{_NAME})*"
    rf" AS SELECT \* FROM (?:({_NAME})\.)?({_NAME})\.({_NAME});\n?"
)


def pointer_target(text: str, database: str) -> RelationName | None:
    """The relation that a view of the form `SELECT * FROM x` leads to; None for any other view.

    `text` is `duckdb_views().sql` of a view in `database`. DuckDB resolves a name without a
    catalogue in the view's own, so such a name is completed with `database`: DuckDB 2 leaves the
    catalogue out where it is the view's own, DuckDB 1 keeps what was written. A name without a
    schema is answered with None, for no pointer is written so.
    """
    # One expression and no tokens: a thousand pointers are read twice in a rollback.
    match = _POINTER.fullmatch(text)
    if match is None:
        return None
    catalogue, schema, name = match.groups()
    return RelationName(
        _unquoted(catalogue) if catalogue else database, _unquoted(schema), _unquoted(name)
    )


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
