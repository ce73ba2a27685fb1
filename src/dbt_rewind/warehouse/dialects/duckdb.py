# ruff: noqa: S608 - texts of our own
"""DuckDB behind the door. Without it, `warehouse/duckdb.py` speaks to DuckDB, and does more: this
is for trying the door.

https://duckdb.org/docs/stable/sql/meta/duckdb_table_functions
"""

from __future__ import annotations

import string

from dbt_rewind.warehouse.dbt_adapter_dialect import (
    Binding,
    Catalogue,
    Copying,
    Dialect,
    Spelling,
    Types,
)


def _small(column: str) -> str:
    # DuckDB ignores the case of ASCII letters, whereas its `lower()` knows all letters.
    return f"translate({column}, '{string.ascii_uppercase}', '{string.ascii_lowercase}')"


_ASKED = (
    f"{_small('database_name')} = {{database_text}} AND {_small('schema_name')} IN ({{schemas}})"
)

DUCKDB = Dialect(
    name="duckdb",
    tried=True,
    spelling=Spelling.AS_IS,
    ignores_case=True,
    types=Types(text="VARCHAR", big="BIGINT", integer="INTEGER", truth="BOOLEAN", octets="BLOB"),
    binding=Binding.QMARK,
    begin="BEGIN TRANSACTION",
    begin_reading="BEGIN TRANSACTION READ ONLY",
    default_schema="main",
    exclusive=True,
    keys=True,
    copying=Copying.ROWS,
    clone="CREATE TABLE {target} AS SELECT * FROM {source}",
    drop_schema="DROP SCHEMA {schema}",
    row_hashes=("hash({columns})", "hash({columns}, 'again')"),
    exact="HUGEINT",
    missing=frozenset({"CatalogException"}),
    broken=frozenset({"BinderException"}),
    conflict=frozenset({"TransactionException", "ConstraintException"}),
    catalogue=Catalogue(
        relations=(
            f"SELECT schema_name, view_name, 'VIEW' FROM duckdb_views() WHERE {_ASKED}"
            " UNION ALL SELECT schema_name, table_name, 'TABLE' FROM duckdb_tables()"
            f" WHERE {_ASKED}"
        ),
        columns=(
            "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns()"
            f" WHERE {_ASKED} ORDER BY schema_name, table_name, column_index"
        ),
        views=f"SELECT schema_name, view_name, sql FROM duckdb_views() WHERE {_ASKED}",
        comments=(
            f"SELECT schema_name, view_name, NULL, comment FROM duckdb_views() WHERE {_ASKED}"
            f" UNION ALL SELECT schema_name, table_name, NULL, comment FROM duckdb_tables()"
            f" WHERE {_ASKED} UNION ALL SELECT schema_name, table_name, column_name, comment"
            f" FROM duckdb_columns() WHERE {_ASKED}"
        ),
        referred=(
            "SELECT schema_name, referenced_table, schema_name, table_name FROM"
            f" duckdb_constraints() WHERE {_ASKED} AND constraint_type = 'FOREIGN KEY'"
            " AND table_name <> referenced_table"
        ),
    ),
)
