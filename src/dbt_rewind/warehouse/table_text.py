"""Reads what a copy must repeat from the text that DuckDB stores for tables and indexes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbt_rewind.warehouse.sql_tokens import Token, TokenReader, tokens_of

_CONSTRAINTS = frozenset({"CHECK", "CONSTRAINT", "PRIMARY", "UNIQUE"})


@dataclass(frozen=True, slots=True)
class TableText:
    """A table's definition: `body` is SQL text (columns and constraints, without parentheses),
    `stored` are the names of the columns that hold data, which leaves out generated ones."""

    body: str
    stored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexText:
    """An index's definition: `body` is the SQL text after the table's name."""

    unique: bool
    body: str


def read_table(text: str) -> TableText:
    """What `duckdb_tables().sql` says, without foreign keys: they would tie the copy to a table of
    another release, which then could not be dropped.

    Raises ValueError where the text is no plain CREATE TABLE.
    """
    reader = TokenReader(tokens_of(text))
    if not reader.take_words("CREATE", "TABLE") or reader.take_qualified_name() is None:
        raise ValueError("not a CREATE TABLE statement")
    kept: list[str] = []
    stored: list[str] = []
    for element in _elements(reader.tokens[reader.position :]):
        first = element[0]
        if first.is_word("FOREIGN"):
            continue
        kept.append(text[first.start : element[-1].end])
        is_constraint = any(first.is_word(word) for word in _CONSTRAINTS)
        if not is_constraint and not _is_generated(element):
            stored.append(first.text)
    return TableText(", ".join(kept), tuple(stored))


def read_index(text: str) -> IndexText:
    """What `duckdb_indexes().sql` says. Raises ValueError where it is no CREATE INDEX."""
    reader = TokenReader(tokens_of(text))
    unique = reader.take_words("CREATE", "UNIQUE", "INDEX")
    if not unique and not reader.take_words("CREATE", "INDEX"):
        raise ValueError("not a CREATE INDEX statement")
    if reader.take_qualified_name() is None or not reader.take_words("ON"):
        raise ValueError("an index without a table")
    if reader.take_qualified_name() is None or reader.at_end:
        raise ValueError("an index without columns")
    start = reader.tokens[reader.position].start
    return IndexText(unique, text[start:].rstrip().removesuffix(";"))


def _elements(tokens: tuple[Token, ...]) -> Iterator[tuple[Token, ...]]:
    """The comma-separated parts of the parenthesised list that `tokens` begin with."""
    depth = 0
    element: list[Token] = []
    for token in tokens:
        if depth == 1 and (token.is_mark(",") or token.is_mark(")")):
            yield tuple(element)
            element = []
            if token.is_mark(")"):
                return
            continue
        if depth:
            element.append(token)
        depth += _nesting(token)
        if depth == 0:
            break
    raise ValueError("no closed list of columns")


def _is_generated(element: tuple[Token, ...]) -> bool:
    depth = 0
    for token in element[1:]:
        if depth == 0 and token.is_word("GENERATED"):
            return True
        depth += _nesting(token)
    return False


def _nesting(token: Token) -> int:
    opens = any(token.is_mark(mark) for mark in "([{")
    closes = any(token.is_mark(mark) for mark in ")]}")
    return opens - closes
