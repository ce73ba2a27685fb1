"""Reads where a view leads from the text that DuckDB stores for it."""

from __future__ import annotations

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.sql_tokens import TokenReader, tokens_of


def pointer_target(text: str, database: str) -> RelationName | None:
    """The relation that a view of the form `SELECT * FROM x` leads to; None for any other view.

    `text` is `duckdb_views().sql` of a view in `database`. DuckDB resolves a name without a
    catalogue in the view's own, so such a name is completed with `database`: DuckDB 2 leaves the
    catalogue out where it is the view's own, DuckDB 1 keeps what was written. A name without a
    schema is answered with None, for no pointer is written so.
    """
    match _selected(TokenReader(tokens_of(text))):
        case (schema, name):
            return RelationName(database, schema, name)
        case (catalogue, schema, name):
            return RelationName(catalogue, schema, name)
        case _:
            return None


def _selected(reader: TokenReader) -> tuple[str, ...] | None:
    """The parts of the one name that a plain view selects everything from."""
    is_view = reader.take_words("CREATE", "VIEW") and reader.take_qualified_name() is not None
    selects_all = is_view and reader.take_words("AS", "SELECT") and reader.take_mark("*")
    if not selects_all or not reader.take_words("FROM"):
        return None
    parts = reader.take_qualified_name()
    return parts if reader.take_mark(";") and reader.at_end else None
