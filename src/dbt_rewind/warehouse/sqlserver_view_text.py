# ruff: noqa: S608 - expressions that read SQL, no SQL
"""Reads where a view leads from the text that SQL Server keeps for it: what its maker wrote."""

from __future__ import annotations

import re

from dbt_rewind.model import RelationName

_NAME = r"\[(?:[^\]]|\]\])*\]"
_POINTER = re.compile(
    rf"\s*CREATE\s+(?:OR\s+ALTER\s+)?VIEW\s+{_NAME}\.{_NAME}"
    rf" AS SELECT \* FROM ({_NAME})\.({_NAME});?\s*"
)


def pointer_target(text: str, database: str) -> RelationName | None:
    """The relation that a view leads to whose text is written as we write a pointer's; None for any
    other view. A renamed view's text keeps its old name, so that this is passed over.

    ALTER VIEW is kept as CREATE VIEW by the server, CREATE OR ALTER with or without its middle.
    """
    match = _POINTER.fullmatch(text)
    if match is None:
        return None
    schema, name = (part[1:-1].replace("]]", "]") for part in match.groups())
    return RelationName(database, schema, name)
