# ruff: noqa: S608 - names are quoted and values bound
"""SQL text that reads DuckDB's catalogue.

Queries that begin with `_ASKED` take one value, the JSON text of a list of names, each a list of
its three folded parts. Names are folded as `duckdb_sql.folded` does it: DuckDB compares identifiers
without regard to case, of ASCII letters only, whereas its `lower()` knows all letters.
"""

from __future__ import annotations

import string


def _folded(column: str) -> str:
    return f"translate({column}, '{string.ascii_uppercase}', '{string.ascii_lowercase}')"


def _is_asked(relation: str, name: str) -> str:
    return (
        f"JOIN asked ON {_folded(f'{relation}.database_name')} = asked.database"
        f" AND {_folded(f'{relation}.schema_name')} = asked.schema"
        f" AND {_folded(f'{relation}.{name}')} = asked.name"
    )


# A list bound as such costs DuckDB 1 half a second for a thousand names; as JSON, milliseconds.
_ASKED = (
    "WITH asked AS MATERIALIZED (SELECT name[1] AS database, name[2] AS schema, name[3] AS name"
    """ FROM (SELECT unnest(from_json(?, '[["VARCHAR"]]')) AS name)) """
)

FIND_POINTERS = (
    _ASKED
    + "SELECT v.database_name, v.schema_name, v.view_name, 'view', v.sql FROM duckdb_views() v "
    + _is_asked("v", "view_name")
    + " UNION ALL SELECT t.database_name, t.schema_name, t.table_name, 'table', NULL"
    + " FROM duckdb_tables() t "
    + _is_asked("t", "table_name")
)
"""Database, schema, name, kind, and a view's text."""

FIND_KINDS = (
    _ASKED
    + "SELECT v.database_name, v.schema_name, v.view_name, 'view' FROM duckdb_views() v "
    + _is_asked("v", "view_name")
    + " UNION ALL SELECT t.database_name, t.schema_name, t.table_name, 'table'"
    + " FROM duckdb_tables() t "
    + _is_asked("t", "table_name")
)
"""Database, schema, name, kind."""

FIND_COLUMNS = (
    _ASKED
    + "SELECT c.database_name, c.schema_name, c.table_name, c.column_name, c.data_type"
    + " FROM duckdb_columns() c "
    + _is_asked("c", "table_name")
    + " ORDER BY c.database_name, c.schema_name, c.table_name, c.column_index"
)
"""Database, schema, name, column, type."""

FIND_COMMENTS = (
    _ASKED
    + "SELECT v.database_name, v.schema_name, v.view_name, NULL, v.comment FROM duckdb_views() v "
    + _is_asked("v", "view_name")
    + " WHERE v.comment IS NOT NULL"
    + " UNION ALL SELECT t.database_name, t.schema_name, t.table_name, NULL, t.comment"
    + " FROM duckdb_tables() t "
    + _is_asked("t", "table_name")
    + " WHERE t.comment IS NOT NULL"
    + " UNION ALL SELECT c.database_name, c.schema_name, c.table_name, c.column_name, c.comment"
    + " FROM duckdb_columns() c "
    + _is_asked("c", "table_name")
    + " WHERE c.comment IS NOT NULL"
)
"""Database, schema, name, column or NULL, comment."""

FIND_INDEXES = (
    _ASKED
    + "SELECT i.index_name, i.sql FROM duckdb_indexes() i "
    + _is_asked("i", "table_name")
    + " WHERE i.sql IS NOT NULL ORDER BY i.index_oid"
)
"""The name and text of each index."""

FIND_TABLE_TEXT = _ASKED + "SELECT t.sql FROM duckdb_tables() t " + _is_asked("t", "table_name")
"""The text of each table."""

FIND_PARENTS = (
    _ASKED
    + "SELECT c.database_name, c.schema_name, c.table_name, c.referenced_table"
    + " FROM duckdb_constraints() c "
    + _is_asked("c", "table_name")
    + " WHERE c.constraint_type = 'FOREIGN KEY' AND c.referenced_table IS NOT NULL"
)
"""Database, schema, name, and the name of a table in the same schema that it refers to."""

FIND_CHILDREN = (
    _ASKED
    + "SELECT c.database_name, c.schema_name, c.referenced_table, c.table_name"
    + " FROM duckdb_constraints() c "
    + _is_asked("c", "referenced_table")
    + " WHERE c.constraint_type = 'FOREIGN KEY' AND c.table_name <> c.referenced_table"
)
"""Database, schema, name, and the name of another table in the same schema that refers to it."""

_NAMED = (
    "SELECT database_name, schema_name, view_name AS name FROM duckdb_views()"
    " UNION ALL SELECT database_name, schema_name, table_name FROM duckdb_tables()"
)

_ANYTHING = (
    f"{_NAMED}"
    " UNION ALL SELECT database_name, schema_name, sequence_name FROM duckdb_sequences()"
    " UNION ALL SELECT database_name, schema_name, function_name FROM duckdb_functions()"
    " UNION ALL SELECT database_name, schema_name, type_name FROM duckdb_types()"
)

IS_EMPTY_SCHEMA = (
    f"SELECT NOT EXISTS (FROM ({_ANYTHING}) a"
    f" WHERE {_folded('a.database_name')} = {_folded('s.database_name')}"
    f" AND {_folded('a.schema_name')} = {_folded('s.schema_name')})"
    f" FROM duckdb_schemas() s WHERE {_folded('s.database_name')} = ?"
    f" AND {_folded('s.schema_name')} = ?"
)
"""One row, true or false, or none where there is no such schema."""
