# ruff: noqa: S608 - nothing but our own text
"""Queries of SQL Server's catalogue, each for any number of names: see `sqlserver_names`.

The catalogue is read as what it is in the connection's database; what is not there, or what the
user of the connection may not see, has no row.
"""

from __future__ import annotations

from dbt_rewind.warehouse.sqlserver_names import ASKED

_OBJECT = """INNER JOIN sys.schemas AS s ON s.[name] = asked.[schema]
INNER JOIN sys.objects AS o ON o.schema_id = s.schema_id AND o.[name] = asked.[name]"""

FIND_OBJECTS = f"""{ASKED}SELECT
    asked.[position], s.[name], o.[name], RTRIM(o.[type]), m.[definition],
    USER_NAME(COALESCE(o.principal_id, s.principal_id))
FROM asked
{_OBJECT}
LEFT JOIN sys.sql_modules AS m ON m.object_id = o.object_id;"""
"""Position, schema, name, type, a view's text where it may be seen, and the owner."""

FIND_SCHEMAS = f"""{ASKED}SELECT asked.[position], s.[name], USER_NAME(s.principal_id)
FROM asked
INNER JOIN sys.schemas AS s ON s.[name] = asked.[schema];"""
"""Position, and the schema's spelling and owner."""

FIND_COLUMNS = f"""{ASKED}SELECT
    asked.[position], c.[name], t.[name], CASE WHEN t.is_user_defined = 1 THEN ts.[name] END,
    c.max_length, c.[precision], c.scale
FROM asked
{_OBJECT}
INNER JOIN sys.columns AS c ON c.object_id = o.object_id
INNER JOIN sys.types AS t ON t.user_type_id = c.user_type_id
INNER JOIN sys.schemas AS ts ON ts.schema_id = t.schema_id
WHERE o.[type] IN ('U', 'V')
    AND COALESCE(COLUMNPROPERTY(c.object_id, c.[name], 'IsHidden'), 0) = 0
ORDER BY asked.[position], c.column_id;"""
"""Position, and what each column that `SELECT *` shows is called and holds."""

FIND_PROPERTIES = f"""{ASKED}SELECT
    asked.[position], c.[name], p.[name], CONVERT(nvarchar(4000), p.[value])
FROM asked
{_OBJECT}
INNER JOIN sys.extended_properties AS p ON p.class = 1 AND p.major_id = o.object_id
LEFT JOIN sys.columns AS c ON c.object_id = p.major_id AND c.column_id = p.minor_id
WHERE p.minor_id = 0 OR c.column_id IS NOT NULL
ORDER BY asked.[position], p.minor_id, p.[name];"""
"""Position, column (NULL for the relation itself), property and value."""

FIND_PUBLIC = f"""{ASKED}SELECT
    asked.[position], p.[permission_name], c.[name], CASE WHEN p.class = 3 THEN 1 ELSE 0 END
FROM asked
{_OBJECT}
INNER JOIN sys.database_permissions AS p
    ON (p.class = 1 AND p.major_id = o.object_id) OR (p.class = 3 AND p.major_id = s.schema_id)
LEFT JOIN sys.columns AS c
    ON p.class = 1 AND c.object_id = p.major_id AND c.column_id = p.minor_id
WHERE p.grantee_principal_id = DATABASE_PRINCIPAL_ID(N'public') AND p.[state] IN ('G', 'W')
ORDER BY asked.[position], p.[permission_name], p.minor_id;"""
"""Position, what everybody is permitted, of which column (NULL: all), and whether on the schema."""

FIND_PERMISSIONS = f"""{ASKED}SELECT
    asked.[position], c.[name], p.[permission_name], g.[name], p.[state]
FROM asked
{_OBJECT}
INNER JOIN sys.database_permissions AS p ON p.class = 1 AND p.major_id = o.object_id
INNER JOIN sys.database_principals AS g ON g.principal_id = p.grantee_principal_id
LEFT JOIN sys.columns AS c ON c.object_id = p.major_id AND c.column_id = p.minor_id
WHERE (p.minor_id = 0 OR c.column_id IS NOT NULL)
    AND g.principal_id <> DATABASE_PRINCIPAL_ID()
ORDER BY asked.[position], g.[name], p.[permission_name], p.minor_id;"""
"""Position, column (NULL for all), permission, grantee, and G, W (with grant option), D (denied) or
R (taken from a column of what is given as a whole). Our own user is left out: nobody can give to
himself, and what it makes is its own."""

FIND_READS = f"""{ASKED}SELECT DISTINCT asked.[position], ps.[name], p.[name]
FROM asked
{_OBJECT}
INNER JOIN sys.sql_expression_dependencies AS d
    ON d.referencing_class = 1 AND d.referencing_id = o.object_id
INNER JOIN sys.objects AS p ON d.referenced_class = 1 AND p.object_id = d.referenced_id
INNER JOIN sys.schemas AS ps ON ps.schema_id = p.schema_id
WHERE o.[type] = 'V' AND p.[type] IN ('U', 'V') AND p.object_id <> o.object_id;"""
"""Position of a view, and what its text names and is there."""

FIND_CHILDREN = f"""{ASKED}SELECT DISTINCT asked.[position], ps.[name], p.[name]
FROM asked
{_OBJECT}
INNER JOIN sys.foreign_keys AS f ON f.referenced_object_id = o.object_id
INNER JOIN sys.objects AS p ON p.object_id = f.parent_object_id
INNER JOIN sys.schemas AS ps ON ps.schema_id = p.schema_id
WHERE p.object_id <> o.object_id;"""
"""Position of a table, and another whose foreign keys lead to it."""

FIND_PARENTS = f"""{ASKED}SELECT DISTINCT asked.[position], ps.[name], p.[name]
FROM asked
{_OBJECT}
INNER JOIN sys.foreign_keys AS f ON f.parent_object_id = o.object_id
INNER JOIN sys.objects AS p ON p.object_id = f.referenced_object_id
INNER JOIN sys.schemas AS ps ON ps.schema_id = p.schema_id
WHERE p.object_id <> o.object_id;"""
"""Position of a table, and another that its foreign keys lead to."""

FIND_BOUND = f"""{ASKED}SELECT DISTINCT asked.[position], rs.[name], r.[name]
FROM asked
{_OBJECT}
INNER JOIN sys.sql_expression_dependencies AS d
    ON d.referenced_class = 1 AND d.referenced_id = o.object_id
INNER JOIN sys.objects AS r ON d.referencing_class = 1 AND r.object_id = d.referencing_id
INNER JOIN sys.schemas AS rs ON rs.schema_id = r.schema_id
WHERE d.is_schema_bound_reference = 1
    AND r.[type] IN ('V', 'FN', 'IF', 'TF', 'P') AND r.object_id <> o.object_id;"""
"""Position, and what was made WITH SCHEMABINDING on it and so holds it where it is."""

FIND_SIZES = f"""{ASKED}SELECT asked.[position], SUM(a.total_pages) * CONVERT(bigint, 8192)
FROM asked
{_OBJECT}
INNER JOIN sys.partitions AS p ON p.object_id = o.object_id
INNER JOIN sys.allocation_units AS a
    ON a.container_id = CASE WHEN a.[type] = 2 THEN p.partition_id ELSE p.hobt_id END
WHERE o.[type] = 'U'
GROUP BY asked.[position];"""
"""Position, and the bytes of all pages that a table and its indexes have."""

ALL_DEPENDENTS = """SELECT
    rs.[name], r.[name], RTRIM(r.[type]), ps.[name], p.[name]
FROM sys.sql_expression_dependencies AS d
INNER JOIN sys.objects AS r ON r.object_id = d.referencing_id
INNER JOIN sys.schemas AS rs ON rs.schema_id = r.schema_id
INNER JOIN sys.objects AS p ON p.object_id = d.referenced_id
INNER JOIN sys.schemas AS ps ON ps.schema_id = p.schema_id
WHERE d.referencing_class = 1 AND d.referenced_class = 1 AND d.is_schema_bound_reference = 0
    AND r.[type] IN ('V', 'IF') AND p.[type] IN ('U', 'V', 'IF') AND p.object_id <> r.object_id;"""
"""Every view and inline function of the database that is not bound to what it reads, its type, and
what it reads: these have columns of their own, fixed when they were made."""

_SHAPE = """SELECT ROW_NUMBER() OVER (ORDER BY c.column_id) AS place, c.[name],
            c.user_type_id, c.max_length, c.[precision], c.scale
        FROM sys.columns AS c
        WHERE c.object_id = {of}
            AND COALESCE(COLUMNPROPERTY(c.object_id, c.[name], 'IsHidden'), 0) = 0"""

FIND_STALE = f"""SELECT DISTINCT rs.[name], r.[name]
FROM sys.sql_expression_dependencies AS d
INNER JOIN sys.objects AS r ON r.object_id = d.referencing_id AND r.[type] = 'V'
INNER JOIN sys.schemas AS rs ON rs.schema_id = r.schema_id
INNER JOIN sys.objects AS p ON p.object_id = d.referenced_id AND p.[type] IN ('U', 'V')
INNER JOIN sys.schemas AS ps ON ps.schema_id = p.schema_id
WHERE d.referencing_class = 1 AND d.referenced_class = 1
    AND ps.[name] LIKE N'rewind[_]%' AND rs.[name] NOT LIKE N'rewind[_]%'
    AND (
        EXISTS (
        {_SHAPE.format(of="r.object_id")}
        EXCEPT
        {_SHAPE.format(of="p.object_id")}
        )
        OR EXISTS (
        {_SHAPE.format(of="p.object_id")}
        EXCEPT
        {_SHAPE.format(of="r.object_id")}
        )
    );"""
"""Views in users' schemas that have other columns than a relation of ours that they read: pointers
among them lead to what was written on in place, and got other columns."""

FIND_BROKEN = f"""{ASKED}SELECT asked.[position]
FROM asked
{_OBJECT}
CROSS APPLY (
    SELECT COALESCE(
        STUFF(REPLICATE(N', NULL', (
            SELECT COUNT(*) FROM sys.parameters AS p WHERE p.object_id = o.object_id
        )), 1, 2, N''), N''
    ) AS [nulls]
) AS arguments
CROSS APPLY sys.dm_exec_describe_first_result_set(
    N'SELECT * FROM ' + QUOTENAME(s.[name]) + N'.' + QUOTENAME(o.[name])
    + CASE WHEN o.[type] = 'IF' THEN N'(' + arguments.[nulls] + N')' ELSE N'' END,
    NULL, 0
) AS described
WHERE described.[error_number] NOT IN (229, 230);"""
"""Position of each view or inline function that nobody can use as it is now; that we may
not read it is another matter."""

IS_EMPTY_SCHEMA = """SELECT 1 FROM sys.schemas AS s
WHERE s.[name] = @name
    AND NOT EXISTS (SELECT 1 FROM sys.objects AS o WHERE o.schema_id = s.schema_id)
    AND NOT EXISTS (SELECT 1 FROM sys.types AS t WHERE t.schema_id = s.schema_id)
    AND NOT EXISTS (
        SELECT 1 FROM sys.xml_schema_collections AS x WHERE x.schema_id = s.schema_id
    );"""

IS_OWN_DATABASE = "SELECT 1 WHERE DB_ID(CONVERT(nvarchar(128), @name)) = DB_ID();"

IS_OWN_SCHEMA = "SELECT 1 WHERE LEFT(@name, 7) COLLATE CATALOG_DEFAULT = N'rewind_';"
