# ruff: noqa: S608 - constants alone are put together
"""SQL text that reads PostgreSQL's catalogue.

Queries that begin with `_ASKED` take two lists of the same length, schemas and names. They give the
same answers whatever `search_path` is.
"""

from __future__ import annotations

_ASKED = (
    "WITH asked AS (SELECT n.oid AS schema_oid, a.schema, a.name"
    " FROM unnest($1::text[], $2::text[]) AS a (schema, name)"
    " JOIN pg_catalog.pg_namespace AS n ON n.nspname = a.schema), "
    "found AS (SELECT a.schema, a.name, c.oid, c.relkind FROM asked AS a"
    " JOIN pg_catalog.pg_class AS c ON c.relnamespace = a.schema_oid AND c.relname = a.name"
    " WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')) "
)

_KIND = (
    "CASE f.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind"
)

_READ = (
    "SELECT DISTINCT d.refobjid AS oid FROM pg_catalog.pg_rewrite AS r"
    " JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::regclass"
    " AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass"
    " AND d.refobjid <> r.ev_class WHERE r.ev_class = f.oid"
)
"""The relations that the view `f` reads."""

_TYPE = (
    # As the server writes types, but with the schema also where the path would find it.
    "CASE WHEN tn.nspname <> 'pg_catalog' AND pg_catalog.pg_type_is_visible(t.oid)"
    " THEN pg_catalog.quote_ident(tn.nspname) || '.' ELSE '' END"
    " || pg_catalog.format_type(a.atttypid, a.atttypmod)"
)

_JOIN_TYPE = (
    # Of a list, the type of its elements.
    "JOIN pg_catalog.pg_type AS own ON own.oid = a.atttypid"
    " JOIN pg_catalog.pg_type AS t ON t.oid ="
    " CASE WHEN own.typcategory = 'A' AND own.typelem <> 0 THEN own.typelem ELSE own.oid END"
    " JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.typnamespace"
)

FIND_KINDS = _ASKED + f"SELECT f.schema, f.name, {_KIND} FROM found AS f"
"""Schema, name, kind."""

FIND_POINTERS = (
    _ASKED + f"SELECT f.schema, f.name, {_KIND}, pg_catalog.pg_get_viewdef(read.viewed),"
    " tn.nspname::text, t.relname::text, ARRAY(SELECT a.attname::text"
    " FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = t.oid AND a.attnum > 0"
    " AND NOT a.attisdropped ORDER BY a.attnum)"
    " FROM found AS f"
    " LEFT JOIN LATERAL (SELECT f.oid AS viewed, min(oid) AS oid"
    f" FROM ({_READ}) AS every HAVING count(*) = 1) AS read ON f.relkind = 'v'"
    " LEFT JOIN pg_catalog.pg_class AS t ON t.oid = read.oid"
    " LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace"
)
"""Schema, name, kind; of a view that reads one relation also its text, and that relation's schema,
name and columns."""

FIND_COLUMNS = (
    _ASKED + f"SELECT f.schema, f.name, {_KIND}, a.attname::text, {_TYPE} FROM found AS f"
    f" LEFT JOIN (pg_catalog.pg_attribute AS a {_JOIN_TYPE})"
    " ON a.attrelid = f.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " ORDER BY f.schema, f.name, a.attnum"
)
"""Schema, name, kind, column and type; one row with NULLs where there is no column."""

FIND_COMMENTS = (
    _ASKED + "SELECT f.schema, f.name, a.attname::text, d.description FROM found AS f"
    " JOIN pg_catalog.pg_description AS d"
    " ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = f.oid"
    " LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = f.oid AND a.attnum = d.objsubid"
    " AND d.objsubid > 0 ORDER BY f.schema, f.name, d.objsubid"
)
"""Schema, name, column or NULL, comment."""

FIND_READS = (
    _ASKED + "SELECT f.schema, f.name, tn.nspname::text, t.relname::text FROM found AS f"
    f" LEFT JOIN LATERAL ({_READ}) AS read ON true"
    " LEFT JOIN pg_catalog.pg_class AS t ON t.oid = read.oid"
    " LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace"
    " WHERE f.relkind IN ('v', 'm')"
)
"""Schema, name, and the schema and name of a relation that it reads; one row with NULLs for a view
that reads none."""

FIND_CHILDREN = (
    _ASKED + "SELECT f.schema, f.name, tn.nspname::text, t.relname::text FROM found AS f"
    " JOIN pg_catalog.pg_constraint AS c ON c.contype = 'f' AND c.confrelid = f.oid"
    " AND c.conrelid <> f.oid"
    " JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid"
    " JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace"
)
"""Schema, name, and the schema and name of another table that refers to it."""

FIND_DEPENDENCE = (
    _ASKED + "SELECT f.schema, f.name, o.schema, o.name FROM found AS f"
    " JOIN (SELECT r.ev_class AS child, d.refobjid AS parent FROM pg_catalog.pg_rewrite AS r"
    " JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::regclass"
    " AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass"
    " UNION SELECT conrelid, confrelid FROM pg_catalog.pg_constraint WHERE contype = 'f'"
    " UNION SELECT inhrelid, inhparent FROM pg_catalog.pg_inherits) AS e ON e.child = f.oid"
    " JOIN found AS o ON o.oid = e.parent AND o.oid <> f.oid"
)
"""Schema and name of one that cannot be without another, and the schema and name of that."""

FIND_SIZES = (
    _ASKED + "SELECT f.schema, f.name, CASE WHEN f.relkind = 'p' THEN"
    " (SELECT coalesce(sum(pg_catalog.pg_total_relation_size(p.relid)), 0)"
    " FROM pg_catalog.pg_partition_tree(f.oid) AS p)"
    " ELSE pg_catalog.pg_total_relation_size(f.oid) END::bigint"
    " FROM found AS f WHERE f.relkind IN ('r', 'p', 'm')"
)
"""Schema, name, bytes."""

IS_EMPTY_SCHEMA = (
    "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d"
    " WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid"
    " AND d.deptype = 'n') FROM pg_catalog.pg_namespace AS n WHERE n.nspname = $1::text"
)
"""One row, true or false, or none where there is no such schema."""
