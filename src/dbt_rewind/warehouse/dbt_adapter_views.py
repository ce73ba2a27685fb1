"""Reads the text of a view in any dialect: where a pointer leads, what a view names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.dbt_adapter_dialect import Dialect
from dbt_rewind.warehouse.dbt_adapter_sql import folded_name, quoted
from dbt_rewind.warehouse.sql_tokens import Token, TokenKind, chains


@dataclass(frozen=True, slots=True)
class Leads:
    """Where a view leads that shows one relation: `columns` are those it lists, None for a star."""

    target: RelationName
    columns: tuple[str, ...] | None


def leads(dialect: Dialect, text: str, database: str) -> Leads | None:
    """What a view shows whose text is a plain `SELECT ... FROM` one qualified name, None for any
    other view. A name without a database is in the view's own, `database`."""
    tokens = _tokens(dialect, query_of(dialect, text))
    if tokens and tokens[-1].is_mark(";"):
        tokens = tokens[:-1]
    if not tokens or not _is_keyword(tokens[0], "SELECT"):
        return None
    at = next((n for n, token in enumerate(tokens) if _is_keyword(token, "FROM")), len(tokens))
    name = _one_chain(tokens[at + 1 :])
    listed = tokens[1:at]
    if name is None or len(name) < 2:
        return None
    target = _relation(dialect, name, database)
    if len(listed) == 1 and listed[0].is_mark("*"):
        return Leads(target, None)
    columns = _plain_columns(listed)
    return Leads(target, columns) if columns else None


def is_one_query(dialect: Dialect, sql: str) -> bool:
    """Whether `sql` may stand in parentheses as it is: it opens none that it does not close, closes
    none that it did not open, and does not end there."""
    depth = 0
    tokens = _tokens(dialect, sql)
    for token in tokens:
        depth += token.is_mark("(") - token.is_mark(")")
        if depth < 0 or token.is_mark(";"):
            return False
    return (
        depth == 0
        and bool(tokens)
        and any(_is_keyword(tokens[0], word) for word in ("SELECT", "WITH"))
    )


def query_of(dialect: Dialect, text: str) -> str:
    """The query of a view: some catalogues keep the statement that made the view, others the query
    alone."""
    tokens = _tokens(dialect, text)
    if not tokens or not _is_keyword(tokens[0], "CREATE"):
        return text.strip()
    depth = 0
    for token in tokens:
        depth += token.is_mark("(") - token.is_mark(")")
        if depth == 0 and _is_keyword(token, "AS"):
            return text[token.end :].strip()
    return text.strip()


def names_in(dialect: Dialect, text: str, database: str) -> set[RelationName]:
    """Every qualified name in the text that may be a relation's, folded."""
    query = query_of(dialect, text)
    return {
        folded_name(dialect, found)
        for chain in chains(_tokens(dialect, query))
        for found, _ in _readings(dialect, chain, database)
    }


def renamed(
    dialect: Dialect, text: str, database: str, references: Mapping[RelationName, RelationName]
) -> str:
    """The view's query, in which `references` (by folded name) have the schemas of what replaces
    them. Their last part is left as it stands: the columns of a table are called by it."""
    query = query_of(dialect, text).rstrip().removesuffix(";")
    pieces: list[str] = []
    copied = 0
    for chain in chains(_tokens(dialect, query)):
        for found, length in _readings(dialect, chain, database):
            target = references.get(folded_name(dialect, found))
            if target is not None:
                pieces += [query[copied : chain[0].start], quoted(dialect, target.schema), "."]
                copied = chain[length - 1].start
                break
    return "".join(pieces) + query[copied:]


def _readings(
    dialect: Dialect, chain: Sequence[Token], database: str
) -> Iterator[tuple[RelationName, int]]:
    """The relations that a chain may begin with, and how many parts name each."""
    parts = [token.text for token in chain]
    if len(parts) > 2:
        yield _relation(dialect, tuple(parts[:3]), database), 3
    yield _relation(dialect, tuple(parts[:2]), database), 2


def _relation(dialect: Dialect, parts: tuple[str, ...], database: str) -> RelationName:
    if len(parts) > 2 and dialect.parts > 2:
        return RelationName(*parts[:3])
    return RelationName(database, *parts[-2:])


def _plain_columns(tokens: Sequence[Token]) -> tuple[str, ...] | None:
    """The names in a list of columns and nothing else."""
    columns: list[str] = []
    start = 0
    for end in [*(n for n, token in enumerate(tokens) if token.is_mark(",")), len(tokens)]:
        chain = _one_chain(tokens[start:end])
        if chain is None:
            return None
        columns.append(chain[-1])
        start = end + 1
    return tuple(columns)


def _one_chain(tokens: Sequence[Token]) -> tuple[str, ...] | None:
    """The parts of a name, where the tokens are one name and nothing else."""
    names = tokens[::2]
    if not names or len(tokens) % 2 == 0 or not all(token.is_identifier for token in names):
        return None
    if not all(token.is_mark(".") for token in tokens[1::2]):
        return None
    return tuple(token.text for token in names)


def _is_keyword(token: Token, word: str) -> bool:
    return token.kind is TokenKind.WORD and token.text.upper() == word


@cache
def _pattern(quote: str, quote_escape: str, *, backslash: bool) -> re.Pattern[str]:
    mark, escape = re.escape(quote), re.escape(quote_escape)
    string = r"'(?:[^'\\]|\\.|'')*'" if backslash else r"'(?:[^']|'')*'"
    if quote != '"':
        string += r'|"(?:[^"\\]|\\.)*"'
    return re.compile(
        rf"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
          | {mark}(?P<name>(?:{escape}|[^{mark}])*){mark}
          | (?P<string>{string})
          | (?P<word>\w+)
          | (?P<mark>.)""",
        re.VERBOSE | re.DOTALL,
    )


def _tokens(dialect: Dialect, text: str) -> tuple[Token, ...]:
    """The tokens of `text` in order; white space and comments are left out."""
    pattern = _pattern(dialect.quote, dialect.quote_escape, backslash=dialect.backslash)
    found: list[Token] = []
    for match in pattern.finditer(text):
        start, end = match.span()
        match match.lastgroup:
            case "name":
                plain = match["name"].replace(dialect.quote_escape, dialect.quote)
                found.append(Token(TokenKind.NAME, plain, start, end))
            case "string":
                found.append(Token(TokenKind.STRING, match[0], start, end))
            case "word":
                found.append(Token(TokenKind.WORD, match["word"], start, end))
            case "mark":
                found.append(Token(TokenKind.MARK, match[0], start, end))
    return tuple(found)
