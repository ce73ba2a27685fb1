"""Trino on a connector that updates rows and keeps views, such as Iceberg's, from its
documentation. Never tried.

https://trino.io/docs/current/sql/create-view.html, https://trino.io/docs/current/sql/comment.html
Transactions hold no DDL: https://trino.io/docs/current/connector/iceberg.html
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

_ROW = "json_format(CAST(ROW({columns}) AS JSON))"

TRINO = Dialect(
    name="trino",
    tried=False,
    spelling=Spelling.LOWER,
    types=Types(
        text="varchar", big="bigint", integer="integer", truth="boolean", octets="varbinary"
    ),
    binding=Binding.WRITTEN,
    current_database="SELECT current_catalog",
    chunk=200_000,
    copying=Copying.ROWS,
    clone="CREATE TABLE {target} AS SELECT * FROM {source}",
    rename_table="ALTER TABLE {relation} RENAME TO {target}",
    rename_view="ALTER VIEW {relation} RENAME TO {target}",
    comments=Comments(),
    row_hashes=(
        f"from_big_endian_64(xxhash64(to_utf8({_ROW})))",
        f"from_big_endian_64(xxhash64(to_utf8('again' || {_ROW})))",
    ),
    missing=frozenset({"TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND"}),
    time_travel="FOR VERSION AS OF and FOR TIMESTAMP AS OF (Iceberg, Delta)",
    catalogue=Catalogue(
        relations=(
            "SELECT table_schema, table_name, table_type FROM {database}.information_schema.tables"
            " WHERE table_schema IN ({schemas})"
        ),
        columns=(
            "SELECT table_schema, table_name, column_name, data_type"
            " FROM {database}.information_schema.columns WHERE table_schema IN ({schemas})"
            " ORDER BY table_schema, table_name, ordinal_position"
        ),
        views=(
            "SELECT table_schema, table_name, view_definition"
            " FROM {database}.information_schema.views WHERE table_schema IN ({schemas})"
        ),
        comments=(
            "SELECT schema_name, table_name, NULL, comment FROM system.metadata.table_comments"
            " WHERE catalog_name = {database_text} AND schema_name IN ({schemas})"
        ),
    ),
)
