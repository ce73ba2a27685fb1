"""Apache Spark, with a session catalogue that keeps Iceberg tables.

The ledger's tables are updated, which files in Parquet or ORC alone cannot be.
https://spark.apache.org/docs/3.5.6/sql-ref.html, https://iceberg.apache.org/docs/1.10.2/spark-writes/
"""

from __future__ import annotations

from dbt_rewind.warehouse.dbt_adapter_dialect import (
    Binding,
    Comments,
    Copying,
    Dialect,
    Spelling,
    Types,
)

SPARK = Dialect(
    name="spark",
    tried=True,
    spelling=Spelling.LOWER,
    ignores_case=True,
    word_names=True,
    max_identifier=128,  # what the metastore keeps of a schema's name
    parts=2,
    quote="`",
    quote_escape="``",
    backslash=True,
    types=Types(text="STRING", big="BIGINT", integer="INT", truth="BOOLEAN", octets="BINARY"),
    binding=Binding.WRITTEN,
    current_database="SELECT ''",
    default_schema="default",
    exclusive_methods=frozenset({"session"}),
    table_options=" USING iceberg",
    copying=Copying.ROWS,
    rename_table="ALTER TABLE {relation} RENAME TO {target}",
    rename_view="ALTER VIEW {relation} RENAME TO {target}",
    # Spark's CREATE OR REPLACE VIEW drops the view and makes another.
    replace_view="ALTER VIEW {view} AS SELECT * FROM {target}",
    keeps_comments=True,
    clone="CREATE TABLE {target}{like} AS SELECT * FROM {source}",
    comments=Comments(
        relation="COMMENT ON TABLE {relation} IS {comment}",
        column="ALTER TABLE {relation} ALTER COLUMN {column} COMMENT {comment}",
        view="ALTER VIEW {relation} SET TBLPROPERTIES ('comment' = {comment})",
        inherited=True,
    ),
    row_hashes=("xxhash64({flagged})", "xxhash64('again', {flagged})"),
    chunk=200_000,
    on_open=(
        "SET spark.sql.variable.substitute = false",
        # What another process has written must be seen at once.
        "SET `spark.sql.catalog.spark_catalog.cache-enabled` = false",
    ),
    missing=frozenset({"42P01", "42704", "TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND"}),
    conflict=frozenset({"CommitFailedException", "ValidationException"}),
    time_travel="SELECT ... VERSION AS OF (Iceberg)",
    catalogue=None,
)
