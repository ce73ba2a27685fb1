"""Rewrites the text that DuckDB stores for a view, for a relation that gets another name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.duckdb_sql import folded, folded_name, quoted
from dbt_rewind.warehouse.sql_tokens import Token, TokenReader, chains, tokens_of


def relocated_view(
    text: str, database: str, name: str, references: Mapping[RelationName, RelationName]
) -> str:
    """The view's text under the SQL name `name`, with `references` (by folded name) replaced.

    Only qualified names are replaced, which is how a catalogue writes what a view reads. Their last
    part is left as it stands: the columns of a table are called by it. Raises ValueError where the
    text is no CREATE VIEW.
    """
    tokens = tokens_of(text)
    reader = TokenReader(tokens)
    if not reader.take_words("CREATE", "VIEW") or reader.position >= len(tokens):
        raise ValueError("not a CREATE VIEW statement")
    begins = tokens[reader.position].start
    if reader.take_qualified_name() is None:
        raise ValueError("a view without a name")
    pieces = [text[:begins], name]
    copied = tokens[reader.position - 1].end
    for chain in chains(tokens[reader.position :]):
        found, length = _referred(chain, database)
        target = references.get(found) if found else None
        if target is not None:
            pieces += [text[copied : chain[0].start], f"{quoted(target.schema)}."]
            copied = chain[length - 1].start
    return "".join(pieces) + text[copied:]


def names_in(text: str, database: str) -> set[RelationName]:
    """Every name in the text that may be a relation's, folded: parts of two and of three."""
    return {found for chain in chains(tokens_of(text)) if (found := _referred(chain, database)[0])}


def _referred(chain: Sequence[Token], database: str) -> tuple[RelationName | None, int]:
    """The relation that a chain begins with, folded, and how many parts name it."""
    parts = [token.text for token in chain]
    if len(parts) > 2 and folded(parts[0]) == folded(database):
        return folded_name(RelationName(*parts[:3])), 3
    return folded_name(RelationName(database, parts[0], parts[1])), 2
