# ruff: noqa: S608 - names are quoted and values bound
"""SQL text that finds what is damaged in a PostgreSQL database."""

from __future__ import annotations

from dbt_rewind.warehouse.postgres_sql import quoted

FIND_AMCHECK = """SELECT n.nspname, p.proname, p.oid::regprocedure::text,
  has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE'), current_user
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_extension'::regclass
  AND d.refobjid = e.oid AND d.classid = 'pg_catalog.pg_proc'::regclass AND d.deptype = 'e'
JOIN pg_catalog.pg_proc AS p ON p.oid = d.objid
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE e.extname = 'amcheck' AND (p.proname = 'verify_heapam'
  OR p.proname = 'bt_index_check' AND p.pronargs = 2)
ORDER BY p.proname"""
"""The functions of the extension that we use: schema, name, signature, whether we may call it, and
who we are. Older versions have no `verify_heapam`."""

FIND_STORED = """WITH tables AS (
  SELECT c.oid, c.reltoastrelid FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1::text AND c.relname = $2::text AND c.relkind IN ('r', 'm')
), heaps AS (
  SELECT oid FROM tables UNION ALL SELECT reltoastrelid FROM tables WHERE reltoastrelid <> 0
)
SELECT 'heap', c.oid, c.relname FROM pg_catalog.pg_class AS c
JOIN heaps ON heaps.oid = c.oid JOIN pg_catalog.pg_am AS a ON a.oid = c.relam
WHERE a.amname = 'heap'
UNION ALL
SELECT 'index', c.oid, c.relname FROM pg_catalog.pg_index AS i
JOIN heaps ON heaps.oid = i.indrelid JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am AS a ON a.oid = c.relam
WHERE a.amname = 'btree' AND i.indisvalid AND i.indisready"""
"""What is stored of a table, schema `$1` and name `$2`: its rows, its long values apart, and its
B-trees; kind, oid and name."""


def verify_heap(schema: str) -> str:
    """The first faults of the rows of `$1` (oid): block, place in it, words."""
    return (
        f"SELECT blkno, offnum, msg FROM {quoted(schema)}.verify_heapam("
        "$1::oid::regclass, false, true, 'none', NULL, NULL) LIMIT 5"
    )


def check_index(schema: str) -> str:
    """An error where the B-tree `$1` (oid) is damaged, or lacks rows of its table."""
    return f"SELECT {quoted(schema)}.bt_index_check($1::oid::regclass, true)"
