"""SQL text that finds what is damaged in a database on SQL Server."""

from __future__ import annotations

from collections.abc import Sequence

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.probing import probe_text
from dbt_rewind.warehouse.sqlserver_sql import literal, qualified


def probe(relations: Sequence[RelationName]) -> str:
    """No row; an error where one of the relations cannot be queried."""
    return probe_text([*map(qualified, relations)]) + ";"


def check_table(table: RelationName) -> str:
    """A row for each fault: its number, level, state and words first.

    The pages of the table and its indexes with their checksums are looked at, and how they hang
    together; not whether each value is one of its type, which would take far longer.
    """
    name = literal(qualified(table))
    return f"DBCC CHECKTABLE ({name}) WITH PHYSICAL_ONLY, NO_INFOMSGS, TABLERESULTS;"
