"""PostgreSQL behind the door. Without it, `warehouse/postgres.py` speaks to PostgreSQL, and does
more: it never keeps a reader waiting, and carries over what other people have on a pointer.

https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

from dbt_rewind.warehouse.dbt_adapter_dialect import (
    Binding,
    Catalogue,
    Copying,
    Dialect,
    Spelling,
    Types,
)
from dbt_rewind.warehouse.protocol import NameUnits

_RELATIONS = (
    "SELECT n.nspname, c.relname, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN"
    " 'MATERIALIZED VIEW' ELSE 'TABLE' END"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname IN ({schemas})"
)

POSTGRES = Dialect(
    name="postgres",
    tried=True,
    spelling=Spelling.AS_IS,
    types=Types(text="text", big="bigint", integer="integer", truth="boolean", octets="bytea"),
    binding=Binding.FORMAT,
    parts=2,
    begin="BEGIN",
    begin_reading="BEGIN READ ONLY",
    default_schema="public",
    max_identifier=63,
    name_units=NameUnits.BYTES,
    views_hold=True,
    keys=True,
    keeps_comments=True,
    keeps_columns=True,
    copying=Copying.ROWS,
    clone="CREATE TABLE {target} (LIKE {source} INCLUDING ALL)",
    fill="INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {source}",
    relocate=(
        "ALTER {kind} {source} SET SCHEMA {schema}",
        "ALTER {kind} {between} RENAME TO {name}",
    ),
    moves_views=True,
    row_hashes=(
        "('x' || substr(md5(ROW({columns})::text), 1, 16))::bit(64)::bigint",
        "('x' || substr(md5(ROW({columns})::text), 17))::bit(64)::bigint",
    ),
    missing=frozenset({"42P01", "3F000"}),
    broken=frozenset({"42703", "42883"}),
    conflict=frozenset({"23505", "40001", "40P01"}),
    catalogue=Catalogue(
        relations=_RELATIONS,
        columns=(
            "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)"
            " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0"
            " AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
            " AND n.nspname IN ({schemas}) ORDER BY 1, 2, a.attnum"
        ),
        views=(
            "SELECT schemaname, viewname, definition FROM pg_catalog.pg_views"
            " WHERE schemaname IN ({schemas})"
        ),
        comments=(
            "SELECT n.nspname, c.relname, a.attname, d.description"
            " FROM pg_catalog.pg_description d JOIN pg_catalog.pg_class c ON c.oid = d.objoid"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid"
            " AND d.objsubid > 0 WHERE d.classoid = 'pg_catalog.pg_class'::regclass"
            " AND n.nspname IN ({schemas})"
        ),
        sizes=(
            "SELECT n.nspname, c.relname, pg_total_relation_size(c.oid)"
            " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'm') AND n.nspname IN ({schemas})"
        ),
    ),
)
