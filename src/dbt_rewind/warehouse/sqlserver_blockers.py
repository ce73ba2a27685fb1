# ruff: noqa: S608 - nothing but our own text
"""Who is in the way of a publish, for people to read."""

from __future__ import annotations

from collections.abc import Collection

from dbt_rewind.errors import PermissionMissing, WarehouseError
from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.sqlserver_names import ASKED, asked
from dbt_rewind.warehouse.sqlserver_session import Session

FIND_HOLDERS = f"""{ASKED}SELECT DISTINCT
    asked.[position], e.session_id, e.login_name, e.[program_name], e.[host_name],
    CONVERT(nvarchar(19), e.last_request_start_time, 120), e.[status]
FROM asked
INNER JOIN sys.schemas AS s ON s.[name] = asked.[schema]
INNER JOIN sys.objects AS o ON o.schema_id = s.schema_id AND o.[name] = asked.[name]
INNER JOIN sys.dm_tran_locks AS l
    ON l.resource_type = N'OBJECT' AND l.resource_database_id = DB_ID()
    AND l.resource_associated_entity_id = o.object_id AND l.request_status = N'GRANT'
INNER JOIN sys.dm_exec_sessions AS e ON e.session_id = l.request_session_id
WHERE l.request_session_id <> @@SPID
ORDER BY asked.[position], e.session_id;"""
"""Position, and the sessions that hold a lock on it."""


def holders(session: Session, names: Collection[RelationName]) -> tuple[str, ...]:
    """One sentence for each session that uses one of `names`, or one that says why there is
    none."""
    try:
        rows = asked(session, "reading who holds locks", FIND_HOLDERS, names)
    except PermissionMissing:
        return (
            "the server tells nobody without VIEW DATABASE STATE (before 2022 VIEW SERVER STATE)"
            " who it was",
        )
    except WarehouseError as failed:
        return (f"who it was cannot be read: {failed}",)
    found: dict[int, str] = {}
    for name, number, login, program, host, since, status in rows:
        who = f"{login}, {program or 'unknown program'} on {host or 'unknown host'}"
        found.setdefault(
            number, f"session {number} ({who}) uses {name}: {status}, last request at {since}"
        )
    return tuple(found.values()) or ("they were gone before the server could be asked who it was",)
