# ruff: noqa: S608 - constants alone are put together, what comes from the catalogue is quoted there
"""SQL text that reads how a table in PostgreSQL is made, as the statements that make another so.

It is to be run, as the statements are, where `search_path` is `postgres_sql.PLAIN_PATH`.

Queries that take `$1` to `$4` take the table's identity, the other's full name, quoted, the other's
schema, and whether indexes, constraints and sequences may keep their names.
"""

from __future__ import annotations

from collections.abc import Sequence

from dbt_rewind.model import RelationName
from dbt_rewind.warehouse.postgres_sql import qualified, quoted

_SOURCE = "quote_ident(n.nspname) || '.' || quote_ident(c.relname)"
_TABLE = (
    "(SELECT $2::text AS named, $3::text AS schema, $4::boolean AS keeps) AS g"
    " JOIN pg_class AS c ON c.oid = $1::oid JOIN pg_namespace AS n ON n.oid = c.relnamespace"
)
_INDEXES = (
    f"{_TABLE} JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisvalid"
    " JOIN pg_class AS x ON x.oid = i.indexrelid"
    " LEFT JOIN pg_tablespace AS s ON s.oid = x.reltablespace"
    " LEFT JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.conindid = x.oid"
    " AND k.contype IN ('p', 'u', 'x')"
)
_SEQUENCES = (
    f"{_TABLE} JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass"
    " AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid > 0"
    " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid"
    " JOIN pg_class AS q ON q.oid = d.objid AND q.relkind = 'S'"
    " JOIN pg_namespace AS qn ON qn.oid = q.relnamespace"
)


def _named(name: str) -> str:
    """What the copy of something is called; no two things of a schema have the same name."""
    return (
        f"CASE WHEN g.keeps THEN quote_ident({name})"
        f" ELSE 'rewind_' || left(md5(g.named || ' ' || {name}), 16) END"
    )


def _options(array: str, prefix: str = "") -> str:
    return (
        f"SELECT '{prefix}' || split_part(o, '=', 1) || '='"
        f" || quote_literal(substr(o, strpos(o, '=') + 1)) FROM unnest({array}) AS o"
    )


def _listed(*rows: str) -> str:
    return f"array_to_string(ARRAY({' UNION ALL '.join(rows)}), ', ')"


FIND_TABLE = (
    f"SELECT c.oid::bigint, {_SOURCE}, CASE"
    " WHEN c.relkind = 'f' THEN 'it is a foreign table'"
    " WHEN c.relkind = 'p' THEN 'it is partitioned'"
    " WHEN c.relkind <> 'r' THEN 'it is not a table'"
    " WHEN c.relispartition THEN 'it is a partition of another table'"
    " WHEN EXISTS (SELECT FROM pg_inherits AS i WHERE c.oid IN (i.inhrelid, i.inhparent))"
    " THEN 'it shares its columns with another table by inheritance'"
    " WHEN EXISTS (SELECT FROM pg_rewrite AS r WHERE r.ev_class = c.oid) THEN 'it has rules' END,"
    " c.relpersistence = 'u', coalesce(' USING ' || quote_ident(m.amname), '')"
    f" || coalesce(' WITH (' || nullif("
    f"{_listed(_options('c.reloptions'), _options('t.reloptions', 'toast.'))}, '') || ')', '')"
    " || coalesce(' TABLESPACE ' || quote_ident(s.spcname), ''),"
    " ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid"
    " AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum)"
    " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_am AS m ON m.oid = c.relam"
    " LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid"
    " LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace"
    " WHERE n.nspname = $1::text AND c.relname = $2::text AND c.relkind IN ('r','p','f','v','m')"
)
"""Takes a schema and a name. Identity, full name quoted, why it cannot be copied or NULL, whether
it is unlogged, how it is stored, the columns that hold data, which leaves out generated ones."""

ARE_FREE = (
    "SELECT NOT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $2::text AND c.relname IN ("
    "SELECT x.relname FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid"
    " WHERE i.indrelid = $1::oid UNION ALL SELECT q.relname FROM pg_depend AS d"
    " JOIN pg_class AS q ON q.oid = d.objid AND q.relkind = 'S'"
    " WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass"
    " AND d.refobjid = $1::oid AND d.deptype = 'a'))"
)
"""Takes a table's identity and a schema: whether nothing in the schema has the name of one of the
table's indexes or sequences."""

FIND_SEQUENCES = (
    "SELECT a.attname::text, quote_ident(qn.nspname) || '.' || quote_ident(q.relname),"
    f" quote_ident(g.schema) || '.' || {_named('q.relname')},"
    " format('CREATE %sSEQUENCE %I.%s AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s"
    " CACHE %s %s OWNED BY %s.%I', CASE q.relpersistence WHEN 'u' THEN 'UNLOGGED ' END, g.schema,"
    f" {_named('q.relname')}, format_type(p.seqtypid, NULL), p.seqincrement, p.seqmin, p.seqmax,"
    " p.seqstart, p.seqcache, CASE WHEN p.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END, g.named,"
    " a.attname)"
    f" FROM {_SEQUENCES} JOIN pg_sequence AS p ON p.seqrelid = q.oid"
    " WHERE d.deptype = 'a' ORDER BY d.refobjsubid, q.relname"
)
"""The column, name and new name of each sequence that goes with the table, except those of identity
columns, and the statement that makes its copy."""

FIND_DEFAULTS = (
    "SELECT a.attname::text, pg_get_expr(e.adbin, e.adrelid) FROM pg_attrdef AS e"
    " JOIN pg_attribute AS a ON a.attrelid = e.adrelid AND a.attnum = e.adnum"
    " WHERE e.adrelid = $1::oid AND a.attgenerated = '' ORDER BY a.attnum"
)
"""Takes the table's identity: columns and their defaults."""

_INDEX_HEAD = (
    "'CREATE ' || CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX '"
    f" || quote_ident(x.relname) || ' ON ' || {_SOURCE}"
)
_INDEX_OPTIONS = f"nullif({_listed(_options('x.reloptions'))}, '')"
_IN_TABLESPACE = (
    "coalesce('SET LOCAL default_tablespace TO ' || quote_ident(s.spcname) || '; ', '')"
    " || {statement}"
    " || CASE WHEN s.spcname IS NULL THEN '' ELSE '; SET LOCAL default_tablespace TO '''' ' END"
)
_SEQUENCE_NOW = (
    "CASE d.deptype WHEN 'i' THEN format('pg_get_serial_sequence(%L, %L)', g.named, a.attname)"
    f" ELSE quote_literal(quote_ident(g.schema) || '.' || {_named('q.relname')}) END"
)

FIND_PARTS = " UNION ALL ".join(
    (
        "SELECT 1 AS rank, q.relname::text AS name, format('SELECT setval(%s, last_value,"
        f" is_called) FROM %I.%I', {_SEQUENCE_NOW}, qn.nspname, q.relname) AS statement"
        f" FROM {_SEQUENCES} WHERE d.deptype IN ('a', 'i')",
        # All in one, so that the rows are looked at once.
        "SELECT 2, '', 'ALTER TABLE ' || min(g.named) || ' '"
        " || string_agg(format('ADD CONSTRAINT %I %s', k.conname,"
        " pg_get_constraintdef(k.oid)), ', ' ORDER BY k.conname)"
        f" FROM {_TABLE} JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'c'"
        " HAVING count(*) > 0",
        "SELECT 3, x.relname, "
        + _IN_TABLESPACE.format(
            statement="format('ALTER TABLE %s ADD CONSTRAINT %s %s', g.named,"
            f" {_named('k.conname')}, pg_get_constraintdef(k.oid))"
            " || coalesce('; ALTER INDEX ' || quote_ident(g.schema) || '.'"
            f" || {_named('x.relname')} || ' SET (' || {_INDEX_OPTIONS} || ')', '')"
        )
        + f" FROM {_INDEXES} WHERE k.oid IS NOT NULL",
        "SELECT 4, x.relname, "
        + _IN_TABLESPACE.format(
            statement="'CREATE ' || CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX '"
            f" || {_named('x.relname')} || ' ON ' || g.named"
            f" || substr(pg_get_indexdef(x.oid), length({_INDEX_HEAD}) + 1)"
        )
        + f" FROM {_INDEXES} WHERE k.oid IS NULL",
        "SELECT 5, x.relname, format('ALTER TABLE %s CLUSTER ON %s', g.named,"
        f" {_named('x.relname')}) FROM {_INDEXES} WHERE i.indisclustered",
        "SELECT 5, '', format('ALTER TABLE %s REPLICA IDENTITY %s', g.named, CASE c.relreplident"
        " WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'"
        f" ELSE 'USING INDEX ' || (SELECT {_named('x.relname')} FROM pg_index AS i JOIN pg_class"
        " AS x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident) END)"
        f" FROM {_TABLE} WHERE c.relreplident <> 'd'",
        # A key that leads into a release would keep that from being dropped.
        "SELECT 6, k.conname, format('ALTER TABLE %s ADD CONSTRAINT %I %s', g.named, k.conname,"
        f" replace(pg_get_constraintdef(k.oid), ' REFERENCES ' || {_SOURCE} || '(',"
        " ' REFERENCES ' || g.named || '('))"
        f" FROM {_TABLE} JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'f'"
        " JOIN pg_class AS p ON p.oid = k.confrelid"
        " JOIN pg_namespace AS pn ON pn.oid = p.relnamespace"
        " WHERE p.oid = c.oid OR NOT starts_with(pn.nspname, 'rewind_')",
        "SELECT 7, t.tgname, overlay(pg_get_triggerdef(t.oid) PLACING g.named"
        f" FROM strpos(pg_get_triggerdef(t.oid), ' ON ' || {_SOURCE} || ' ') + 4"
        f" FOR length({_SOURCE}))"
        " || CASE t.tgenabled WHEN 'O' THEN ''"
        " ELSE format('; ALTER TABLE %s %s TRIGGER %I', g.named,"
        " CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'"
        " ELSE 'ENABLE ALWAYS' END, t.tgname) END"
        f" FROM {_TABLE} JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal",
        "SELECT 8, '', format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', g.named)"
        f" FROM {_TABLE} WHERE c.relrowsecurity",
        "SELECT 8, '', format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', g.named)"
        f" FROM {_TABLE} WHERE c.relforcerowsecurity",
        "SELECT 8, y.polname, format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', y.polname,"
        " g.named,"
        " CASE WHEN y.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,"
        " CASE y.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'"
        " WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, array_to_string(ARRAY(SELECT"
        " CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END"
        " FROM unnest(y.polroles) AS r), ', '))"
        " || coalesce(' USING (' || pg_get_expr(y.polqual, c.oid) || ')', '')"
        " || coalesce(' WITH CHECK (' || pg_get_expr(y.polwithcheck, c.oid) || ')', '')"
        f" FROM {_TABLE} JOIN pg_policy AS y ON y.polrelid = c.oid",
        "SELECT 9, a.attname, format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', g.named,"
        f" a.attname, a.attstattarget) FROM {_TABLE} JOIN pg_attribute AS a ON a.attrelid = c.oid"
        " AND a.attnum > 0 AND NOT a.attisdropped AND a.attstattarget >= 0",
        "SELECT 9, a.attname, format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', g.named,"
        f" a.attname, {_listed(_options('a.attoptions'))})"
        f" FROM {_TABLE} JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0"
        " AND NOT a.attisdropped AND a.attoptions IS NOT NULL",
        "SELECT 10, '', format('COMMENT ON TABLE %s IS %L', g.named, e.description)"
        f" FROM {_TABLE} JOIN pg_description AS e ON e.classoid = 'pg_class'::regclass"
        " AND e.objoid = c.oid AND e.objsubid = 0",
        "SELECT 10, x.relname, format('COMMENT ON INDEX %I.%s IS %L', g.schema,"
        f" {_named('x.relname')}, e.description) FROM {_INDEXES}"
        " JOIN pg_description AS e ON e.classoid = 'pg_class'::regclass AND e.objoid = x.oid",
        "SELECT 10, q.relname, format('COMMENT ON SEQUENCE %I.%s IS %L', g.schema,"
        f" {_named('q.relname')}, e.description) FROM {_SEQUENCES}"
        " JOIN pg_description AS e ON e.classoid = 'pg_class'::regclass AND e.objoid = q.oid"
        " WHERE d.deptype = 'a'",
        "SELECT 10, k.conname, format('COMMENT ON CONSTRAINT %s ON %s IS %L',"
        " CASE WHEN k.contype IN ('p', 'u', 'x') THEN"
        f" {_named('k.conname')} ELSE quote_ident(k.conname) END, g.named, e.description)"
        f" FROM {_TABLE} JOIN pg_constraint AS k ON k.conrelid = c.oid"
        " JOIN pg_description AS e ON e.classoid = 'pg_constraint'::regclass AND e.objoid = k.oid"
        " LEFT JOIN (pg_class AS p JOIN pg_namespace AS pn ON pn.oid = p.relnamespace)"
        " ON k.contype = 'f' AND p.oid = k.confrelid AND p.oid <> c.oid"
        " WHERE pn.nspname IS NULL OR NOT starts_with(pn.nspname, 'rewind_')",
        "SELECT 10, t.tgname, format('COMMENT ON TRIGGER %I ON %s IS %L', t.tgname, g.named,"
        f" e.description) FROM {_TABLE} JOIN pg_trigger AS t ON t.tgrelid = c.oid"
        " JOIN pg_description AS e ON e.classoid = 'pg_trigger'::regclass AND e.objoid = t.oid",
        "SELECT 10, y.polname, format('COMMENT ON POLICY %I ON %s IS %L', y.polname, g.named,"
        f" e.description) FROM {_TABLE} JOIN pg_policy AS y ON y.polrelid = c.oid"
        " JOIN pg_description AS e ON e.classoid = 'pg_policy'::regclass AND e.objoid = y.oid",
        "SELECT 10, '', format('SECURITY LABEL FOR %I ON TABLE %s IS %L', l.provider, g.named,"
        " l.label)"
        f" FROM {_TABLE} JOIN pg_seclabel AS l ON l.classoid = 'pg_class'::regclass"
        " AND l.objoid = c.oid AND l.objsubid = 0",
        "SELECT 10, a.attname, format('SECURITY LABEL FOR %I ON COLUMN %s.%I IS %L', l.provider,"
        f" g.named, a.attname, l.label) FROM {_TABLE} JOIN pg_seclabel AS l"
        " ON l.classoid = 'pg_class'::regclass AND l.objoid = c.oid"
        " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = l.objsubid",
        "SELECT 11, '', format('ALTER TABLE %s OWNER TO %I', g.named, pg_get_userbyid(c.relowner))"
        f" FROM {_TABLE} WHERE pg_get_userbyid(c.relowner) <> current_user"
        # An owner has to be one who might have made it there; else it is ours.
        " AND (has_schema_privilege(c.relowner, g.schema, 'CREATE')"
        " OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user))",
    )
)
FIND_PARTS = f'SELECT statement FROM ({FIND_PARTS}) AS parts ORDER BY rank, name COLLATE "C"'
"""The statements that give a copy with all rows what the table has beside them, in order."""

_EXPLODED = (
    "SELECT p.number, a.grantee, a.privilege_type, a.is_grantable, NULL::text AS of_column"
    " FROM pair AS p JOIN pg_class AS c ON c.oid = p.{side}, aclexplode(coalesce(c.relacl,"
    " acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner))) AS a"
    " WHERE p.has_same_owner OR a.grantee <> c.relowner"
    " UNION SELECT p.number, a.grantee, a.privilege_type, a.is_grantable, t.attname::text"
    " FROM pair AS p JOIN pg_attribute AS t ON t.attrelid = p.{side} AND t.attacl IS NOT NULL"
    " AND NOT t.attisdropped JOIN pg_class AS c ON c.oid = t.attrelid,"
    " aclexplode(t.attacl) AS a WHERE p.has_same_owner OR a.grantee <> c.relowner"
)
_PRIVILEGE = (
    "e.privilege_type || coalesce(' (' || quote_ident(e.of_column) || ')', ''), p.named,"
    " CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END"
)

FIND_GRANTS = (
    "WITH pair AS (SELECT p.number, p.source, c.oid AS target,"
    " CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || p.name AS named,"
    " s.relowner = c.relowner AS has_same_owner"
    " FROM unnest($1::oid[], $2::text[]) WITH ORDINALITY AS p (source, name, number)"
    " JOIN pg_class AS c ON c.oid = p.name::regclass JOIN pg_class AS s ON s.oid = p.source),"
    f" had AS ({_EXPLODED.format(side='source')}), has AS ({_EXPLODED.format(side='target')})"
    f" SELECT format('REVOKE %s ON %s FROM %s', {_PRIVILEGE})"
    " FROM (SELECT * FROM has EXCEPT SELECT * FROM had) AS e JOIN pair AS p USING (number)"
    f" UNION ALL SELECT format('GRANT %s ON %s TO %s', {_PRIVILEGE})"
    " || CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END"
    " FROM (SELECT * FROM had EXCEPT SELECT * FROM has) AS e JOIN pair AS p USING (number)"
)
"""Takes identities of tables and sequences, and the quoted names of their copies: the statements
that give the copies the same privileges."""

FIND_PAIRS = (
    f"SELECT c.oid::bigint, g.named FROM {_TABLE}"
    " UNION ALL SELECT q.oid::bigint, CASE d.deptype"
    " WHEN 'i' THEN pg_get_serial_sequence(g.named, a.attname)"
    f" ELSE quote_ident(g.schema) || '.' || {_named('q.relname')} END"
    f" FROM {_SEQUENCES} WHERE d.deptype IN ('a', 'i')"
)
"""The identity of the table and of each of its sequences, and the quoted name of its copy."""

PREPARE = "; ".join(
    (
        "SET LOCAL row_security TO off",  # an error, and not a copy that lacks rows
        "SET LOCAL synchronize_seqscans TO off",  # rows keep their order
        "SET LOCAL default_tablespace TO ''",
        "SET LOCAL check_function_bodies TO off",
    )
)


def create_like(target: RelationName, source: str, storage: str, *, unlogged: bool) -> str:
    """`source` and `storage` as `FIND_TABLE` has them."""
    return (
        f"CREATE {'UNLOGGED ' if unlogged else ''}TABLE {qualified(target)}"
        f" (LIKE {source} INCLUDING ALL EXCLUDING INDEXES EXCLUDING CONSTRAINTS){storage}"
    )


def copy_rows(source: str, target: RelationName, columns: Sequence[str]) -> str:
    """Also what the table would make itself of identity columns."""
    names = ", ".join(map(quoted, columns))
    into = f" ({names}) OVERRIDING SYSTEM VALUE" if columns else ""
    return f"INSERT INTO {qualified(target)}{into} SELECT {names} FROM ONLY {source}"


def set_default(target: RelationName, column: str, expression: str) -> str:
    return f"ALTER TABLE {qualified(target)} ALTER COLUMN {quoted(column)} SET DEFAULT {expression}"
