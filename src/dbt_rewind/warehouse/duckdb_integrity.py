"""What of a DuckDB file cannot be queried, and which blocks of it are damaged.

DuckDB keeps a checksum of every block and compares it whenever it reads one from the file. So the
check of a table is to read all its columns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import IntegrityCheck, IntegrityFault, RelationName
from dbt_rewind.warehouse import duckdb_measure
from dbt_rewind.warehouse.duckdb_errors import is_broken_relation, is_damage
from dbt_rewind.warehouse.duckdb_session import Session
from dbt_rewind.warehouse.duckdb_sql import qualified
from dbt_rewind.warehouse.probing import probe_text
from dbt_rewind.warehouse.probing import unreadable as find_unreadable

HOW: Final = "all blocks read"


def unreadable(session: Session, names: Collection[RelationName]) -> Mapping[RelationName, str]:
    """Those that cannot be queried, with DuckDB's words."""

    def probe(part: Sequence[RelationName]) -> None:
        session.run("looking for what cannot be queried", probe_text([*map(qualified, part)]))

    return find_unreadable(names, probe, is_broken_relation)


def check(session: Session, tables: Collection[RelationName]) -> IntegrityCheck:
    """The tables of which a block is damaged."""
    faults = []
    for table in sorted(tables):
        try:
            duckdb_measure.measure(session, table, fingerprint=True)
        except WarehouseFailed as error:
            if not is_damage(error):
                raise
            faults.append(IntegrityFault(table, error.problem))
    return IntegrityCheck(HOW, tuple(faults))
