# ruff: noqa: S608 - constants alone are put together
"""SQL text that reads what a publish changes, and what is built on it.

The texts that the catalogue gives back name everything with its schema only where `search_path` is
`postgres_sql.PLAIN_PATH`.
"""

from __future__ import annotations

_CLASS = "'pg_catalog.pg_class'::regclass"
_REWRITE = "'pg_catalog.pg_rewrite'::regclass"
_TYPE = "'pg_catalog.pg_type'::regclass"

_ASKED = (
    "WITH asked AS (SELECT a.schema, a.name, c.* FROM unnest($1::text[], $2::text[])"
    " AS a (schema, name) JOIN pg_catalog.pg_namespace AS n ON n.nspname = a.schema"
    " JOIN (SELECT oid, xmin AS changed, relnamespace, relname, relowner, relacl"
    " FROM pg_catalog.pg_class"
    " WHERE relkind IN ('r', 'p', 'f', 'v', 'm')) AS c"
    " ON c.relnamespace = n.oid AND c.relname = a.name) "
)
"""Takes two lists of the same length, schemas and names."""


def _columns(relation: str, value: str) -> str:
    return (
        f"ARRAY(SELECT {value} FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = {relation}.oid"
        " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)"
    )


_VERSION = "a.changed::text || ' ' || coalesce(r.xmin::text, '')"
_SHAPE = "ROW(a.attname, a.atttypid, a.atttypmod, a.attcollation)::text"
_TYPED = "ARRAY[a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)]"

FIND_STANDING = (
    "WITH found AS (SELECT a.number, p.oid, p.xmin AS changed, r.xmin AS redefined,"
    " p.relowner, p.reloptions, t.oid AS target, t.relowner AS target_owner, t.relnamespace,"
    f" {_columns('p', _SHAPE)} AS has, {_columns('t', _SHAPE)} AS gets"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY"
    " AS a (schema, name, target_schema, target_name, number)"
    " LEFT JOIN (pg_catalog.pg_class AS p JOIN pg_catalog.pg_namespace AS pn"
    " ON pn.oid = p.relnamespace) ON pn.nspname = a.schema AND p.relname = a.name"
    " AND p.relkind IN ('r', 'p', 'f', 'v', 'm')"
    " LEFT JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = p.oid AND r.rulename = '_RETURN'"
    " LEFT JOIN (pg_catalog.pg_class AS t JOIN pg_catalog.pg_namespace AS tn"
    " ON tn.oid = t.relnamespace) ON tn.nspname = a.target_schema AND t.relname = a.target_name"
    " AND t.relkind IN ('r', 'p', 'f', 'v', 'm')) "
    "SELECT f.oid::bigint, f.changed::text || ' ' || coalesce(f.redefined::text, ''),"
    " pg_catalog.pg_get_userbyid(f.relowner)::text, coalesce(f.reloptions, '{}')::text[],"
    " f.target::bigint, coalesce(pg_catalog.has_table_privilege(f.relowner, f.target, 'SELECT')"
    " AND pg_catalog.has_schema_privilege(f.relowner, f.relnamespace, 'USAGE'), true),"
    " fits.fits,"
    f" CASE WHEN NOT fits.fits THEN {_columns('f', _TYPED)} END,"
    f" CASE WHEN NOT fits.fits THEN {_columns('t', _TYPED)} END"
    " FROM found AS f LEFT JOIN pg_catalog.pg_class AS t ON t.oid = f.target,"
    " LATERAL (SELECT f.gets[1:cardinality(f.has)] = f.has AND f.target IS NOT NULL AS fits)"
    " AS fits ORDER BY f.number"
)
"""For each pair of names, given as schemas, names, and those of what the pointer is to lead to: the
pointer's identity, what changes when somebody changes it, owner, options; the target's identity;
whether the pointer's owner may read it; whether the target's columns begin with the pointer's, and
where they do not, the columns and types of both."""

FIND_VERSIONS = (
    _ASKED + f"SELECT a.schema, a.name, a.oid::bigint, {_VERSION} FROM asked AS a"
    " LEFT JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = a.oid AND r.rulename = '_RETURN'"
)
"""Schema, name, identity, and what changes when somebody changes the relation."""

FIND_OWNERS = (
    _ASKED + "SELECT a.oid::bigint, a.schema, a.name,"
    " pg_catalog.pg_get_userbyid(a.relowner)::text FROM asked AS a ORDER BY a.oid"
)
"""Identity, schema, name, owner."""

_READING = (
    " JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid AND r.ev_class <> d.refobjid"
    " AND r.ev_class <> ALL($2::oid[])"
    " JOIN pg_catalog.pg_class AS k ON k.oid = r.ev_class AND k.relkind IN ('v', 'm')"
)
_READS = f"d.classid = {_REWRITE} AND d.refclassid = {_CLASS}"

FIND_DEPENDENTS = (
    "WITH RECURSIVE edge AS ("
    "SELECT r.ev_class AS oid, d.refobjid AS read, d.refobjsubid AS number"
    f" FROM pg_catalog.pg_depend AS d {_READING} WHERE {_READS} AND d.refobjid = ANY($1::oid[])"
    " UNION SELECT r.ev_class, d.refobjid, d.refobjsubid FROM edge AS e"
    f" JOIN pg_catalog.pg_depend AS d ON d.refobjid = e.oid {_READING} WHERE {_READS})"
    " SELECT e.oid::bigint, e.read::bigint, coalesce(array_agg(a.attname::text ORDER BY a.attname)"
    " FILTER (WHERE a.attname IS NOT NULL), '{}') FROM edge AS e"
    " LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = e.read AND a.attnum = e.number"
    " AND e.number > 0 GROUP BY e.oid, e.read ORDER BY e.oid, e.read"
)
"""Every view, materialized or not, that reads one of the first list, directly or through others,
and is not in the second list: identity, the identity of something that it reads and that is in the
first list or such a view itself, and the columns of that which it reads."""

FIND_VIEWS = (
    "SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text,"
    " pg_catalog.pg_get_userbyid(c.relowner)::text, coalesce(c.reloptions, '{}')::text[],"
    " pg_catalog.pg_get_viewdef(c.oid),"
    " m.amname::text, s.spcname::text, c.relispopulated, c.relpersistence = 't'"
    " FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_am AS m ON m.oid = c.relam AND c.relkind = 'm'"
    " LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = c.reltablespace"
    " WHERE c.oid = ANY($1::oid[]) ORDER BY c.oid"
)
"""Identity, schema, name, kind, owner, options, text, access method, tablespace, populated,
temporary."""

_NAME = "pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)"
_KIND = "CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END"
_OF = (
    "JOIN pg_catalog.pg_class AS c ON c.oid = {of} AND c.oid = ANY($1::oid[])"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
)
_SAID = (
    "JOIN pg_catalog.pg_description AS d ON d.classoid = {of}::regclass AND d.objoid = {oid}"
    " AND d.objsubid = 0"
)

FIND_PARTS = (
    "SELECT p.oid::bigint, p.rank, p.of_column::text, p.statement FROM ("
    # Defaults for what is inserted through the view.
    "SELECT c.oid, 1 AS rank, a.attname AS of_column, pg_catalog.format("
    f"'ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', {_NAME}, a.attname,"
    " pg_catalog.pg_get_expr(e.adbin, e.adrelid)) AS statement FROM pg_catalog.pg_attrdef AS e"
    f" {_OF.format(of='e.adrelid')}"
    " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = e.adrelid AND a.attnum = e.adnum"
    " UNION ALL SELECT c.oid, 2, NULL, pg_catalog.pg_get_indexdef(i.indexrelid)"
    f" FROM pg_catalog.pg_index AS i {_OF.format(of='i.indrelid')}"
    " UNION ALL SELECT c.oid, 3, NULL, pg_catalog.format("
    f"'ALTER MATERIALIZED VIEW %s CLUSTER ON %I', {_NAME}, x.relname)"
    f" FROM pg_catalog.pg_index AS i {_OF.format(of='i.indrelid')}"
    " JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid WHERE i.indisclustered"
    " UNION ALL SELECT c.oid, 4, NULL, pg_catalog.pg_get_ruledef(r.oid)"
    f" FROM pg_catalog.pg_rewrite AS r {_OF.format(of='r.ev_class')} WHERE r.rulename <> '_RETURN'"
    " UNION ALL SELECT c.oid, 5, NULL, pg_catalog.pg_get_triggerdef(t.oid)"
    f" FROM pg_catalog.pg_trigger AS t {_OF.format(of='t.tgrelid')} WHERE NOT t.tgisinternal"
    # Comments of what has been made above.
    " UNION ALL SELECT c.oid, 6, NULL, pg_catalog.format("
    "'COMMENT ON INDEX %I.%I IS %L', n.nspname, x.relname, d.description)"
    f" FROM pg_catalog.pg_index AS i {_OF.format(of='i.indrelid')}"
    " JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid"
    f" {_SAID.format(of=chr(39) + 'pg_catalog.pg_class' + chr(39), oid='x.oid')}"
    " UNION ALL SELECT c.oid, 6, NULL, pg_catalog.format("
    f"'COMMENT ON RULE %I ON %s IS %L', r.rulename, {_NAME}, d.description)"
    f" FROM pg_catalog.pg_rewrite AS r {_OF.format(of='r.ev_class')}"
    f" {_SAID.format(of=chr(39) + 'pg_catalog.pg_rewrite' + chr(39), oid='r.oid')}"
    " WHERE r.rulename <> '_RETURN'"
    " UNION ALL SELECT c.oid, 6, NULL, pg_catalog.format("
    f"'COMMENT ON TRIGGER %I ON %s IS %L', t.tgname, {_NAME}, d.description)"
    f" FROM pg_catalog.pg_trigger AS t {_OF.format(of='t.tgrelid')}"
    f" {_SAID.format(of=chr(39) + 'pg_catalog.pg_trigger' + chr(39), oid='t.oid')}"
    " WHERE NOT t.tgisinternal"
    " UNION ALL SELECT c.oid, 7, NULL, pg_catalog.format("
    f"'COMMENT ON %s %s IS %L', {_KIND}, {_NAME}, d.description)"
    f" FROM pg_catalog.pg_description AS d {_OF.format(of='d.objoid')}"
    f" WHERE d.classoid = {_CLASS} AND d.objsubid = 0"
    " UNION ALL SELECT c.oid, 7, NULL, pg_catalog.format("
    f"'COMMENT ON COLUMN %s.%I IS %L', {_NAME}, a.attname, d.description)"
    f" FROM pg_catalog.pg_description AS d {_OF.format(of='d.objoid')}"
    " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.objoid AND a.attnum = d.objsubid"
    f" WHERE d.classoid = {_CLASS} AND d.objsubid > 0"
    ") AS p ORDER BY p.oid, p.rank, p.statement"
)
"""What these views have beside their text, each as the statement that makes it: identity, rank (7:
comments on the view and its columns), the column that it is of, statement."""

FIND_UNCARRIED = (
    "WITH gone AS (SELECT c.oid, c.reltype, t.typarray FROM pg_catalog.pg_class AS c"
    " LEFT JOIN pg_catalog.pg_type AS t ON t.oid = c.reltype WHERE c.oid = ANY($1::oid[])) "
    "SELECT DISTINCT g.oid::bigint, pg_catalog.pg_describe_object("
    f"CASE WHEN r.oid IS NULL THEN d.classid ELSE {_CLASS} END,"
    " coalesce(r.ev_class, d.objid), CASE WHEN r.oid IS NULL THEN d.objsubid ELSE 0 END)"
    " FROM gone AS g JOIN pg_catalog.pg_depend AS d ON d.deptype <> 'i'"
    f" AND (d.refclassid = {_CLASS} AND d.refobjid = g.oid"
    f" OR d.refclassid = {_TYPE} AND d.refobjid IN (g.reltype, g.typarray))"
    f" LEFT JOIN pg_catalog.pg_rewrite AS r ON d.classid = {_REWRITE} AND r.oid = d.objid"
    " LEFT JOIN pg_catalog.pg_trigger AS t"
    " ON d.classid = 'pg_catalog.pg_trigger'::regclass AND t.oid = d.objid"
    " LEFT JOIN pg_catalog.pg_attrdef AS e"
    " ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND e.oid = d.objid"
    f" LEFT JOIN pg_catalog.pg_index AS i ON d.classid = {_CLASS} AND i.indexrelid = d.objid"
    " WHERE NOT EXISTS (SELECT FROM gone AS also WHERE also.oid ="
    " coalesce(r.ev_class, t.tgrelid, e.adrelid, i.indrelid,"
    f" CASE WHEN d.classid = {_CLASS} THEN d.objid END))"
    " UNION SELECT g.oid::bigint, 'extension ' || x.extname FROM gone AS g"
    f" JOIN pg_catalog.pg_depend AS d ON d.classid = {_CLASS} AND d.objid = g.oid"
    " AND d.deptype = 'e' JOIN pg_catalog.pg_extension AS x ON x.oid = d.refobjid"
    " UNION SELECT g.oid::bigint, 'a security label' FROM gone AS g"
    f" JOIN pg_catalog.pg_seclabel AS l ON l.classoid = {_CLASS} AND l.objoid = g.oid"
    " UNION SELECT g.oid::bigint, 'a rule that is not enabled as usual' FROM gone AS g"
    " JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = g.oid AND r.ev_enabled <> 'O'"
    " UNION SELECT g.oid::bigint, 'settings of the column ' || a.attname FROM gone AS g"
    " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = g.oid AND a.attnum > 0"
    " AND (a.attoptions IS NOT NULL OR coalesce(a.attstattarget, -1) <> -1) ORDER BY 1, 2"
)
"""What hangs on these relations or belongs to them and cannot be carried over when they are made
anew: identity, and what the server calls it."""

FIND_FOLLOWERS = (
    "SELECT DISTINCT d.refobjid::bigint, pg_catalog.pg_describe_object(d.classid, d.objid, 0)"
    f" FROM pg_catalog.pg_depend AS d WHERE d.refclassid = {_CLASS}"
    " AND d.refobjid = ANY($1::oid[]) AND d.classid = 'pg_catalog.pg_proc'::regclass"
    " ORDER BY 1, 2"
)
"""The functions whose bodies follow these relations wherever they are moved."""

_GRANTED = (
    "r.rolname::text, x.privilege_type::text, bool_or(x.is_grantable) FROM asked AS a"
    " {of_columns}, pg_catalog.aclexplode({acl}) AS x"
    " LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = x.grantee WHERE x.grantee <> a.relowner"
    " GROUP BY a.schema, a.name, r.rolname, x.privilege_type"
)

FIND_PRIVILEGES = (
    _ASKED + "SELECT a.schema, a.name, NULL::text,"
    f" {_GRANTED.format(of_columns='', acl='a.relacl')}"
    " UNION ALL SELECT a.schema, a.name, c.attname::text,"
    + _GRANTED.format(
        of_columns="JOIN pg_catalog.pg_attribute AS c ON c.attrelid = a.oid"
        " AND c.attacl IS NOT NULL AND NOT c.attisdropped",
        acl="c.attacl",
    )
    + ", c.attname"
)
"""Schema, name, column or NULL, role (NULL: everybody), privilege, and whether it may be handed on.
What owners may do is not among it."""

FIND_NARROW = (
    "SELECT n.nspname::text, v.relname::text FROM pg_catalog.pg_namespace AS tn"
    " JOIN pg_catalog.pg_class AS t ON t.relnamespace = tn.oid AND t.relkind IN ('r', 'p')"
    f" JOIN pg_catalog.pg_depend AS d ON d.refclassid = {_CLASS} AND d.refobjid = t.oid"
    f" AND d.classid = {_REWRITE}"
    " JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid"
    " JOIN pg_catalog.pg_class AS v ON v.oid = r.ev_class AND v.relkind = 'v'"
    " AND v.relname = t.relname AND v.relnatts < t.relnatts"
    " AND pg_catalog.pg_has_role(v.relowner, 'USAGE')"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = v.relnamespace"
    " WHERE starts_with(tn.nspname, 'rewind_r')"
    " AND regexp_replace(tn.nspname, '^rewind_r[0-9]+_', '') = n.nspname"
    " GROUP BY n.nspname, v.relname ORDER BY 1, 2"
)
"""Schema and name of views of ours that read a release's table of their name, and that may have
fewer columns than it."""
