"""What of a database on SQL Server cannot be queried, and which pages of it are damaged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from dbt_rewind.errors import PermissionMissing, WarehouseFailed
from dbt_rewind.model import IntegrityCheck, IntegrityFault, RelationName
from dbt_rewind.warehouse import sqlserver_integrity_sql as sql
from dbt_rewind.warehouse.probing import unreadable as find_unreadable
from dbt_rewind.warehouse.sqlserver_errors import is_broken_relation, is_damage
from dbt_rewind.warehouse.sqlserver_session import Session

HOW: Final = "DBCC CHECKTABLE"

DENIED: Final = (
    "the user may not run DBCC CHECKTABLE: it takes the tables' owner, db_owner or db_ddladmin"
)

_INFORMATION: Final = 10
"""What is above that level is an error."""


def unreadable(session: Session, names: Collection[RelationName]) -> Mapping[RelationName, str]:
    """Those that cannot be queried, with the server's words."""

    def probe(part: Sequence[RelationName]) -> None:
        session.rows("looking for what cannot be queried", sql.probe(part))

    return find_unreadable(names, probe, is_broken_relation)


def check(session: Session, tables: Collection[RelationName]) -> IntegrityCheck:
    """What `DBCC CHECKTABLE` finds."""
    try:
        faults = [fault for table in sorted(tables) for fault in _faults(session, table)]
    except PermissionMissing:
        return IntegrityCheck("", unseen=(DENIED,))
    return IntegrityCheck(HOW, tuple(faults))


def _faults(session: Session, table: RelationName) -> Iterator[IntegrityFault]:
    try:
        found = session.rows(f"checking {table}", sql.check_table(table))
    except WarehouseFailed as error:
        if not is_damage(error):
            raise
        yield IntegrityFault(table, error.problem)
        return
    for _, level, _, words, *_ in found:
        if int(level) > _INFORMATION:
            yield IntegrityFault(table, " ".join(str(words).split()))
