"""Snowflake, from its documentation. Never tried.

Every DDL statement is a transaction of its own:
https://docs.snowflake.com/en/sql-reference/transactions
A clone shares its rows with the source until one of them is written:
https://docs.snowflake.com/en/sql-reference/sql/create-clone
COPY GRANTS stands behind the columns: https://docs.snowflake.com/en/sql-reference/sql/create-view
DROP SCHEMA drops what is in the schema, so that none is dropped:
https://docs.snowflake.com/en/sql-reference/sql/drop-schema
"""

from __future__ import annotations

from dbt_rewind.warehouse.dbt_adapter_dialect import (
    Binding,
    Catalogue,
    Comments,
    Copying,
    Dialect,
    Spelling,
    Types,
)

_TABLES = "FROM {database}.information_schema.tables WHERE table_schema IN ({schemas})"
_COLUMNS = "FROM {database}.information_schema.columns WHERE table_schema IN ({schemas})"

SNOWFLAKE = Dialect(
    name="snowflake",
    tried=False,
    spelling=Spelling.UPPER,
    max_identifier=255,
    backslash=True,
    types=Types(text="VARCHAR", big="BIGINT", integer="INTEGER", truth="BOOLEAN", octets="BINARY"),
    binding=Binding.WRITTEN,
    default_schema="PUBLIC",
    chunk=200_000,
    copying=Copying.ZERO_COPY,
    clone="CREATE TABLE {target} CLONE {source}",
    relocate=("ALTER TABLE {source} RENAME TO {target}",),
    rename_table="ALTER TABLE {relation} RENAME TO {target}",
    rename_view="ALTER VIEW {relation} RENAME TO {target}",
    drop_schema=None,
    view_options="COPY GRANTS",
    comments=Comments(within="COMMENT = {comment}", column_within="COMMENT {comment}"),
    row_hashes=("HASH({columns})", "HASH('again', {columns})"),
    missing=frozenset({"42S02", "2003", "2043"}),
    time_travel="AT and BEFORE, for as long as DATA_RETENTION_TIME_IN_DAYS says",
    catalogue=Catalogue(
        relations=f"SELECT table_schema, table_name, table_type {_TABLES}",
        columns=(
            f"SELECT table_schema, table_name, column_name, data_type {_COLUMNS}"
            " ORDER BY table_schema, table_name, ordinal_position"
        ),
        views=(
            "SELECT table_schema, table_name, view_definition"
            " FROM {database}.information_schema.views WHERE table_schema IN ({schemas})"
        ),
        comments=(
            f"SELECT table_schema, table_name, NULL, comment {_TABLES}"
            f" UNION ALL SELECT table_schema, table_name, column_name, comment {_COLUMNS}"
        ),
        sizes=f"SELECT table_schema, table_name, bytes {_TABLES}",
    ),
)
