"""Rewrites the text of a view for one that gets another name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.sqlserver_sql import qualified, quoted
from dbt_rewind.warehouse.sqlserver_tokens import Token, TokenKind, chains, tokens_of

Fold = Callable[[RelationName], RelationName]


def relocated_view(
    text: str,
    name: RelationName,
    references: Mapping[RelationName, RelationName],
    fold: Fold,
) -> str:
    """The view's text under another name, with `references` (by folded name) replaced by what is
    called the same in another schema.

    Only names with a schema are replaced, and of these what stands before the last part: the
    columns of a table are called by it. Raises ValueError where the text is no CREATE VIEW.
    """
    tokens = [token for token in tokens_of(text) if token.kind is not TokenKind.SPACE]
    at = _after_words(tokens)
    header = next(chains(tokens[at:]), ())
    if not header or header[0] is not tokens[at]:
        raise ValueError("a view without a name")
    pieces = [f"CREATE VIEW {qualified(name)}"]
    copied = header[-1].end
    for chain in chains(tokens[at + 2 * len(header) - 1 :]):
        found, length = _referred(chain, name.database, fold)
        target = references.get(found) if found else None
        if target is not None:
            pieces += [text[copied : chain[0].start], f"{quoted(target.schema)}."]
            copied = chain[length - 1].start
    return "".join(pieces) + text[copied:]


def names_in(text: str, database: str) -> set[RelationName]:
    """Every name in the text that may be a relation's: parts of two and of three."""
    tokens = [token for token in tokens_of(text) if token.kind is not TokenKind.SPACE]
    found: set[RelationName] = set()
    for chain in chains(tokens):
        if len(chain) > 1:
            found.add(RelationName(database, chain[0].name, chain[1].name))
        if len(chain) > 2:
            found.add(RelationName(database, chain[1].name, chain[2].name))
    return found


def _after_words(tokens: list[Token]) -> int:
    """Where the name begins behind CREATE VIEW or CREATE OR ALTER VIEW."""
    words = [token.text.upper() if token.kind is TokenKind.WORD else "" for token in tokens[:4]]
    if words[:2] == ["CREATE", "VIEW"]:
        return 2
    if words == ["CREATE", "OR", "ALTER", "VIEW"]:
        return 4
    raise ValueError("not a CREATE VIEW statement")


def _referred(
    chain: tuple[Token, ...], database: str, fold: Fold
) -> tuple[RelationName | None, int]:
    """The relation that a chain begins with, folded, and how many parts name it."""
    parts = [token.name for token in chain]
    if len(parts) > 2 and parts[0].lower() == database.lower():
        return fold(RelationName(database, parts[1], parts[2])), 3
    if len(parts) > 1:
        return fold(RelationName(database, parts[0], parts[1])), 2
    return None, 0
