"""SQL text that asks PostgreSQL what the session's role may do."""

from __future__ import annotations

from typing import Final

MAKE, CHANGE, DROP = "make", "change", "drop"
"""Needs beside privileges, which are named as SQL names them."""

FIND_ALLOWED: Final = (
    "SELECT a.need, a.schema, a.name, current_user::text, pg_catalog.current_database()::text,"
    " so.rolname::text,"
    " pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),"
    " coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE'), false),"
    " coalesce(pg_catalog.has_schema_privilege(n.oid, 'CREATE'), false),"
    " c.relkind::text, o.rolname::text, coalesce(o.rolsuper, false),"
    " coalesce(pg_catalog.pg_has_role(c.relowner, 'USAGE'), false),"
    " coalesce(pg_catalog.pg_has_role(n.nspowner, 'USAGE'), false),"
    " coalesce(pg_catalog.has_table_privilege(c.oid, CASE WHEN a.need = ANY($4::text[])"
    " THEN 'SELECT' ELSE a.need END), false)"
    " FROM unnest($1::text[], $2::text[], $3::text[])"
    " WITH ORDINALITY AS a (need, schema, name, position)"
    " LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = a.schema"
    " LEFT JOIN pg_catalog.pg_roles AS so ON so.oid = n.nspowner"
    " LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = a.name"
    " AND c.relkind IN ('r', 'p', 'f', 'v', 'm')"
    " LEFT JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner ORDER BY a.position"
)
"""For each need, the schema and the relation of that name as far as they exist, and what the
session's role may do with them. Takes needs, schemas and names, three lists of the same length, and
the needs that are no privileges."""

FIND_NO_TEMPORARY: Final = (
    "SELECT current_user::text, pg_catalog.current_database()::text"
    " WHERE NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY')"
)
"""One row where the session's role may make no temporary tables, else none."""
