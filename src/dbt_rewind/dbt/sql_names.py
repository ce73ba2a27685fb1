"""The names of tables that SQL text has written out, found without understanding the rest of it.

The text may be a template: what Jinja will make of it is not known, so a name of which Jinja makes
a part is none. A name counts where a table is meant and nowhere else (`from silver.orders`, but not
`select silver.orders`, which may be a column).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dbt_rewind.warehouse.sql_tokens import Token, TokenKind, tokens_of

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_NOT_READ = re.compile(
    r"""(?P<kept>"(?:[^"]|"")*")  # a quoted name, whatever is in it
      | --[^\n]* | /\*.*?\*/ | '(?:[^']|'')*' | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$""",
    re.VERBOSE | re.DOTALL,
)
_MADE_LATER = "\0"
"""Stands where Jinja will write something: no part of a name, and no white space either."""

_READS = frozenset({"from", "join", "using"})
_WRITES = frozenset({"into", "update", "table", "view", "column"})
_ENDS = frozenset(
    {"where", "group", "order", "having", "select", "on", "limit", "qualify", "window", "union"}
    | {"except", "intersect", "set", "values", "returning"}
)
_SKIPPED = frozenset({"if", "not", "exists", "only", "lateral"})
_WITH_FROM = frozenset({"extract", "trim", "substring", "overlay", "position"})
"""Functions whose arguments are parted by a `from` that names no table."""


@dataclass(frozen=True, slots=True)
class TableName:
    """A table's name as written at `start` of the text: one to three parts."""

    parts: tuple[str, ...]
    start: int
    end: int


@dataclass(slots=True)
class _Level:
    """What is open between two parentheses: the function called, and whether tables are listed."""

    called: str = ""
    listing: bool = False


def table_names(sql: str) -> tuple[TableName, ...]:
    """The tables that `sql` has written out, in order; its own common table expressions are
    none."""
    tokens = tokens_of(_readable(sql))
    own = set(_expressions(tokens))
    return tuple(
        name for name in _tables(tokens) if len(name.parts) > 1 or name.parts[0].lower() not in own
    )


def _readable(sql: str) -> str:
    """`sql` without comments and strings, every character that is left at its place."""
    return _NOT_READ.sub(_blank, _JINJA.sub(_blank_jinja, sql))


def _blank(match: re.Match[str]) -> str:
    return match[0] if match["kept"] else " " * len(match[0])


def _blank_jinja(match: re.Match[str]) -> str:
    made = match[0].startswith("{{")
    return (_MADE_LATER if made else " ") * len(match[0])


def _tables(tokens: Sequence[Token]) -> Iterator[TableName]:
    levels = [_Level()]
    position = 0
    while position < len(tokens):
        token, before = tokens[position], tokens[position - 1] if position else None
        position += 1
        level = levels[-1]
        word = token.text.lower() if token.kind is TokenKind.WORD else ""
        if token.is_mark("("):
            levels.append(_Level(before.text.lower() if before and before.is_identifier else ""))
        elif token.is_mark(")") and len(levels) > 1:
            levels.pop()
        elif word in _ENDS:
            level.listing = False
        elif _opens(word, before, level) or (token.is_mark(",") and level.listing):
            level.listing = level.listing or word in _READS
            while position < len(tokens) and tokens[position].text.lower() in _SKIPPED:
                position += 1
            name, position = _name(tokens, position)
            is_call = position < len(tokens) and tokens[position].is_mark("(")
            if name is not None and not (is_call and word not in _WRITES):
                yield name


def _opens(word: str, before: Token | None, level: _Level) -> bool:
    if word in _READS:
        distinct = before is not None and before.text.lower() == "distinct"
        return not distinct and level.called not in _WITH_FROM
    return word in _WRITES


def _name(tokens: Sequence[Token], position: int) -> tuple[TableName | None, int]:
    """The name that begins at `position`, and where it ends."""
    parts: list[Token] = []
    while position < len(tokens) and tokens[position].is_identifier:
        parts.append(tokens[position])
        position += 1
        if position == len(tokens) or not tokens[position].is_mark("."):
            texts = tuple(part.text for part in parts)
            return TableName(texts, parts[0].start, parts[-1].end), position
        position += 1
    return None, position


def _expressions(tokens: Sequence[Token]) -> Iterator[str]:
    """The names before `as (` or `(columns) as (`, in lower case."""
    for position, token in enumerate(tokens):
        if token.kind is not TokenKind.WORD or token.text.lower() != "as" or not position:
            continue
        after = position + 1
        while after < len(tokens) and tokens[after].text.lower() in {"not", "materialized"}:
            after += 1
        if after == len(tokens) or not tokens[after].is_mark("("):
            continue
        before = position - 1
        if tokens[before].is_mark(")"):
            while before >= 0 and not tokens[before].is_mark("("):
                before -= 1
            before -= 1
        if before >= 0 and tokens[before].is_identifier:
            yield tokens[before].text.lower()
