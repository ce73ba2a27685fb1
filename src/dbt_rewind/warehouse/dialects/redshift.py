# ruff: noqa: S608 - texts of our own
"""Amazon Redshift, from its documentation. Never tried.

Views are made and dropped within transactions:
https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
A view that is replaced can get columns only behind those that it has:
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html
Keys are not enforced: https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
A text has 65,535 bytes at the most, and so has an event:
https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
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

_NAMED = "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"

REDSHIFT = Dialect(
    name="redshift",
    tried=False,
    spelling=Spelling.LOWER,
    parts=2,
    max_identifier=127,
    name_units=NameUnits.BYTES,
    types=Types(
        text="VARCHAR(65535)", big="BIGINT", integer="INTEGER", truth="BOOLEAN", octets="VARBYTE"
    ),
    binding=Binding.FORMAT,
    begin="BEGIN",
    default_schema="public",
    keeps_comments=True,
    keeps_columns=True,
    views_hold=True,
    chunk=60_000,
    copying=Copying.ROWS,
    clone="CREATE TABLE {target} (LIKE {source} INCLUDING DEFAULTS)",
    fill="INSERT INTO {target} ({columns}) SELECT {columns} FROM {source}",
    rename_view="ALTER TABLE {relation} RENAME TO {name}",
    row_hashes=(
        "STRTOL(SUBSTRING(MD5({text}), 1, 15), 16)",
        "STRTOL(SUBSTRING(MD5({text}), 16, 15), 16)",
    ),
    missing=frozenset({"42P01", "3F000"}),
    conflict=frozenset({"40001"}),
    catalogue=Catalogue(
        relations=(
            "SELECT n.nspname, c.relname, CASE WHEN c.relkind = 'v' THEN 'VIEW' ELSE 'TABLE' END"
            f" FROM pg_catalog.pg_class c {_NAMED} WHERE c.relkind IN ('r', 'v')"
            " AND n.nspname IN ({schemas})"
        ),
        columns=(
            "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)"
            f" FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
            f" {_NAMED} WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname IN ({{schemas}})"
            " ORDER BY 1, 2, a.attnum"
        ),
        views=(
            "SELECT schemaname, viewname, definition FROM pg_catalog.pg_views"
            " WHERE schemaname IN ({schemas})"
        ),
        comments=(
            "SELECT n.nspname, c.relname, a.attname, d.description FROM pg_catalog.pg_description d"
            f" JOIN pg_catalog.pg_class c ON c.oid = d.objoid {_NAMED} LEFT JOIN"
            " pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid"
            " AND d.objsubid > 0 WHERE n.nspname IN ({schemas})"
        ),
        sizes=(
            'SELECT "schema", "table", size * 1048576 FROM svv_table_info'
            ' WHERE "schema" IN ({schemas})'
        ),
    ),
)
