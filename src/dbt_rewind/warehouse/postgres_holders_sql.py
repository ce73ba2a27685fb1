# ruff: noqa: S608 - constants alone are put together
"""SQL text that looks for those who stand in the way of a publish."""

from __future__ import annotations

from dbt_rewind.warehouse.postgres_sql import ledger_table

_WHO = "a.usename::text, a.application_name::text, a.state::text, a.xact_start, a.query_start"

FIND_USERS = (
    f"SELECT l.pid, {_WHO}, array_agg(DISTINCT n.nspname || '.' || c.relname)"
    " FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_class AS c ON c.oid = l.relation"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid"
    " WHERE l.locktype = 'relation' AND l.granted"
    " AND (l.relation = ANY($1::oid[])"
    " OR l.relation = ANY($2::oid[]) AND l.mode = 'AccessExclusiveLock')"
    " AND l.database = (SELECT oid FROM pg_catalog.pg_database"
    " WHERE datname = pg_catalog.current_database())"
    " AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()"
    " AND coalesce(a.xact_start <= $3::timestamptz, true)"
    f" GROUP BY l.pid, {_WHO} ORDER BY a.xact_start, l.pid"
)
"""Who has had a lock on one of the first relations, or one against everybody on one of the second,
since before a time, or since nobody may see when: process (NULL: a prepared transaction), role,
application, state, begin of the transaction and of the query, relations."""

_AGE = "CASE WHEN age({of}.xmin) < 0 THEN 2147483647 ELSE age({of}.xmin) END"
"""In transactions; what is older than their counter can tell counts as ancient."""

FIND_ONLOOKERS = (
    # A relation's row type is made with it, and changes less than its entry in the catalogue.
    f"WITH made AS (SELECT DISTINCT {_AGE.format(of='t')} AS ago"
    " FROM unnest($1::text[], $2::text[]) AS w (schema, name)"
    " JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema"
    " JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name"
    " JOIN pg_catalog.pg_type AS t ON t.oid = c.reltype),"
    f" built AS (SELECT {_AGE.format(of='e')} AS ago FROM {ledger_table('event')} AS e"
    " WHERE e.environment = $3::text AND e.kind = $4::text),"
    # A release's rows are written before the event that says that it is built.
    " complete AS (SELECT min(coalesce((SELECT max(b.ago) FROM built AS b WHERE b.ago <= m.ago),"
    " m.ago)) AS ago FROM made AS m)"
    f" SELECT a.pid, {_WHO} FROM pg_catalog.pg_stat_activity AS a, complete"
    " WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()"
    " AND age(a.backend_xmin) >= complete.ago"
    " AND coalesce(a.backend_type, 'client backend') = 'client backend'"
    " AND coalesce(a.xact_start <= $5::timestamptz, true)"
    # One statement that commits by itself sees what it names before it sees any row.
    " AND coalesce(a.state <> 'active' OR a.xact_start <> a.query_start, true)"
    " ORDER BY a.xact_start, a.pid"
)
"""Who has a snapshot from before a time that may lack rows of these relations of an environment,
which the event of a kind says to be built: process, role, application, state, begin of the
transaction and of the query. Who runs nothing but one statement is passed over."""
