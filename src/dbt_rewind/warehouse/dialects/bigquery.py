"""BigQuery, from its documentation. Never tried.

https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language
Transactions hold no DDL on permanent tables and views:
https://cloud.google.com/bigquery/docs/transactions
A table clone shares its rows with the source: https://cloud.google.com/bigquery/docs/table-clones-intro
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

_JSON = "TO_JSON_STRING(STRUCT({columns}))"

BIGQUERY = Dialect(
    name="bigquery",
    tried=False,
    spelling=Spelling.AS_IS,
    max_identifier=1024,
    quote="`",
    quote_escape="\\`",
    backslash=True,
    types=Types(text="STRING", big="INT64", integer="INT64", truth="BOOL", octets="BYTES"),
    binding=Binding.WRITTEN,
    current_database="SELECT @@project_id",
    chunk=200_000,
    copying=Copying.ZERO_COPY,
    clone="CREATE TABLE {target} CLONE {source}",
    rename_view=None,
    comments=Comments(
        relation="ALTER {kind} {relation} SET OPTIONS (description = {comment})",
        column="ALTER TABLE {relation} ALTER COLUMN {column} SET OPTIONS (description = {comment})",
        within="OPTIONS (description = {comment})",
        column_within="OPTIONS (description = {comment})",
    ),
    exact="BIGNUMERIC",
    row_hashes=(f"FARM_FINGERPRINT({_JSON})", f"FARM_FINGERPRINT(CONCAT('again', {_JSON}))"),
    missing=frozenset({"NotFound"}),
    time_travel="FOR SYSTEM_TIME AS OF, up to seven days",
    catalogue=Catalogue(
        relations=(
            "SELECT table_schema, table_name, table_type FROM {schema}.INFORMATION_SCHEMA.TABLES"
        ),
        columns=(
            "SELECT table_schema, table_name, column_name, data_type"
            " FROM {schema}.INFORMATION_SCHEMA.COLUMNS ORDER BY table_name, ordinal_position"
        ),
        views=(
            "SELECT table_schema, table_name, view_definition"
            " FROM {schema}.INFORMATION_SCHEMA.VIEWS"
        ),
        comments=(
            "SELECT table_schema, table_name, NULL, JSON_VALUE(PARSE_JSON(option_value))"
            " FROM {schema}.INFORMATION_SCHEMA.TABLE_OPTIONS WHERE option_name = 'description'"
            " UNION ALL SELECT table_schema, table_name, column_name, description"
            " FROM {schema}.INFORMATION_SCHEMA.COLUMN_FIELD_PATHS WHERE field_path = column_name"
        ),
        sizes=(
            "SELECT table_schema, table_name, SUM(total_logical_bytes)"
            " FROM {schema}.INFORMATION_SCHEMA.PARTITIONS GROUP BY table_schema, table_name"
        ),
    ),
)
