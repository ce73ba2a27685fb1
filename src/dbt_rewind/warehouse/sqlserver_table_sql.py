# ruff: noqa: S608 - nothing but our own text
"""Queries for all that a copy of a table must repeat, of one name: see `sqlserver_names`."""

from __future__ import annotations

from dbt_rewind.warehouse.sqlserver_names import ASKED

_TABLE = """INNER JOIN sys.schemas AS s ON s.[name] = asked.[schema]
INNER JOIN sys.objects AS o
    ON o.schema_id = s.schema_id AND o.[name] = asked.[name] AND o.[type] = 'U'"""

FIND_TRAITS = f"""{ASKED}SELECT
    asked.[position],
    COALESCE(CONVERT(int, OBJECTPROPERTYEX(o.object_id, 'TableTemporalType')), 0),
    COALESCE(CONVERT(int, OBJECTPROPERTYEX(o.object_id, 'TableIsMemoryOptimized')), 0),
    COALESCE(CONVERT(int, OBJECTPROPERTYEX(o.object_id, 'TableIsExternal')), 0)
FROM asked
{_TABLE};"""
"""Position, and a number other than 0 for each trait that a copy cannot have; servers that do not
know the trait answer with NULL."""

FIND_DEFINITION = f"""{ASKED}SELECT
    asked.[position], c.[name], t.[name], CASE WHEN t.is_user_defined = 1 THEN ts.[name] END,
    c.max_length, c.[precision], c.scale,
    CASE WHEN t.is_user_defined = 0 THEN c.[collation_name] END,
    c.is_nullable, CONVERT(decimal(38, 0), ic.seed_value),
    CONVERT(decimal(38, 0), ic.increment_value), CONVERT(decimal(38, 0), ic.last_value),
    c.is_rowguidcol, c.is_sparse,
    cc.[definition], cc.is_persisted, dc.[name], dc.is_system_named, dc.[definition]
FROM asked
{_TABLE}
INNER JOIN sys.columns AS c ON c.object_id = o.object_id
INNER JOIN sys.types AS t ON t.user_type_id = c.user_type_id
INNER JOIN sys.schemas AS ts ON ts.schema_id = t.schema_id
LEFT JOIN sys.computed_columns AS cc
    ON cc.object_id = c.object_id AND cc.column_id = c.column_id
LEFT JOIN sys.identity_columns AS ic
    ON ic.object_id = c.object_id AND ic.column_id = c.column_id
LEFT JOIN sys.default_constraints AS dc
    ON dc.parent_object_id = c.object_id AND dc.parent_column_id = c.column_id
ORDER BY c.column_id;"""

FIND_INDEXES = f"""{ASKED}SELECT
    asked.[position], i.index_id, i.[name], i.[type], i.is_unique, i.is_primary_key,
    i.is_unique_constraint, COALESCE(kc.is_system_named, 0), i.is_disabled, i.fill_factor,
    i.is_padded, i.ignore_dup_key, i.[allow_row_locks], i.[allow_page_locks],
    i.filter_definition, ds.[name], RTRIM(ds.[type]), ds.is_default,
    (
        SELECT TOP (1) p.data_compression_desc FROM sys.partitions AS p
        WHERE p.object_id = i.object_id AND p.index_id = i.index_id
        ORDER BY p.partition_number
    )
FROM asked
{_TABLE}
INNER JOIN sys.indexes AS i ON i.object_id = o.object_id
LEFT JOIN sys.key_constraints AS kc
    ON kc.parent_object_id = i.object_id AND kc.unique_index_id = i.index_id
LEFT JOIN sys.data_spaces AS ds ON ds.data_space_id = i.data_space_id
WHERE i.is_hypothetical = 0
ORDER BY i.index_id;"""
"""Index 0 is the heap, where the table is one."""

FIND_INDEX_COLUMNS = f"""{ASKED}SELECT
    asked.[position], ic.index_id, c.[name], ic.key_ordinal, ic.is_descending_key,
    ic.is_included_column, ic.partition_ordinal
FROM asked
{_TABLE}
INNER JOIN sys.index_columns AS ic ON ic.object_id = o.object_id
INNER JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id
ORDER BY ic.index_id, ic.key_ordinal, ic.index_column_id;"""

FIND_CHECKS = f"""{ASKED}SELECT
    asked.[position], k.[name], k.is_system_named, k.[definition], k.is_disabled, k.is_not_trusted
FROM asked
{_TABLE}
INNER JOIN sys.check_constraints AS k ON k.parent_object_id = o.object_id
ORDER BY k.object_id;"""
