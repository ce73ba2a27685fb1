"""Databricks with Unity Catalog, from its documentation. Never tried.

https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-create-view
A deep clone is a table of its own; a shallow one needs the files of its source:
https://docs.databricks.com/aws/en/tables/operations/clone
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-information-schema
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

DATABRICKS = Dialect(
    name="databricks",
    tried=False,
    spelling=Spelling.LOWER,
    ignores_case=True,
    max_identifier=255,
    quote="`",
    quote_escape="``",
    backslash=True,
    types=Types(text="STRING", big="BIGINT", integer="INT", truth="BOOLEAN", octets="BINARY"),
    binding=Binding.WRITTEN,
    current_database="SELECT current_catalog()",
    default_schema="default",
    chunk=200_000,
    copying=Copying.ROWS,
    clone="CREATE TABLE {target} DEEP CLONE {source}",
    rename_table="ALTER TABLE {relation} RENAME TO {target}",
    rename_view="ALTER VIEW {relation} RENAME TO {target}",
    comments=Comments(
        relation="COMMENT ON TABLE {relation} IS {comment}",
        column="ALTER TABLE {relation} ALTER COLUMN {column} COMMENT {comment}",
        within="COMMENT {comment}",
        column_within="COMMENT {comment}",
    ),
    row_hashes=("xxhash64({flagged})", "xxhash64('again', {flagged})"),
    missing=frozenset({"42P01", "42704", "TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND"}),
    time_travel="VERSION AS OF and TIMESTAMP AS OF, until VACUUM",
    catalogue=Catalogue(
        relations=f"SELECT table_schema, table_name, table_type {_TABLES}",
        columns=(
            f"SELECT table_schema, table_name, column_name, full_data_type {_COLUMNS}"
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
    ),
)
