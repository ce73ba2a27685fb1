SELECT
    rs.[name], r.[name], RTRIM(r.[type]), ps.[name], p.[name]
FROM sys.sql_expression_dependencies AS d
INNER JOIN sys.objects AS r ON r.object_id = d.referencing_id
INNER JOIN sys.schemas AS rs ON rs.schema_id = r.schema_id
INNER JOIN sys.objects AS p ON p.object_id = d.referenced_id
INNER JOIN sys.schemas AS ps ON ps.schema_id = p.schema_id
WHERE d.referencing_class = 1 AND d.referenced_class = 1 AND d.is_schema_bound_reference = 0
    AND r.[type] IN ('V', 'IF') AND p.[type] IN ('U', 'V', 'IF') AND p.object_id <> r.object_id;
