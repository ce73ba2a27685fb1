"""Reads what a view takes of a relation from the text that PostgreSQL gives for it."""

from __future__ import annotations

import re

# What needs no quotes is written so; the server's own words are in capitals, but for two.
_NAME = r'(?:"(?:[^"]|"")*"|(?!(?:true|false)\b)[a-z_][a-z0-9_]*)'
_BEGIN = re.compile(r"\s*SELECT\s+")
_COLUMN = re.compile(rf"(?:{_NAME}\.)?({_NAME})(?: AS {_NAME})?")
_COMMA = re.compile(r",\s+")
_END = re.compile(rf"\s*FROM {_NAME}(?:\.{_NAME})?(?: {_NAME})?;\s*")


def plain_columns(text: str) -> tuple[str, ...] | None:
    """The columns, by the names that the relation has for them, of a view that takes columns of one
    relation, all its rows, and nothing else; None for any other view."""
    begin = _BEGIN.match(text)
    if begin is None:
        return None
    columns: list[str] = []
    position = begin.end()
    while column := _COLUMN.match(text, position):
        columns.append(_unquoted(column[1]))
        position = column.end()
        comma = _COMMA.match(text, position)
        if comma is None:
            break
        position = comma.end()
    return tuple(columns) if _END.fullmatch(text, position) else None


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
