SELECT DISTINCT rs.[name], r.[name]
FROM sys.sql_expression_dependencies AS d
INNER JOIN sys.objects AS r ON r.object_id = d.referencing_id AND r.[type] = 'V'
INNER JOIN sys.schemas AS rs ON rs.schema_id = r.schema_id
INNER JOIN sys.objects AS p ON p.object_id = d.referenced_id AND p.[type] IN ('U', 'V')
INNER JOIN sys.schemas AS ps ON ps.schema_id = p.schema_id
WHERE d.referencing_class = 1 AND d.referenced_class = 1
    AND ps.[name] LIKE N'rewind[_]%' AND rs.[name] NOT LIKE N'rewind[_]%'
    AND (
        EXISTS (
        SELECT ROW_NUMBER() OVER (ORDER BY c.column_id) AS place, c.[name],
            c.user_type_id, c.max_length, c.[precision], c.scale
        FROM sys.columns AS c
        WHERE c.object_id = r.object_id
            AND COALESCE(COLUMNPROPERTY(c.object_id, c.[name], 'IsHidden'), 0) = 0
        EXCEPT
        SELECT ROW_NUMBER() OVER (ORDER BY c.column_id) AS place, c.[name],
            c.user_type_id, c.max_length, c.[precision], c.scale
        FROM sys.columns AS c
        WHERE c.object_id = p.object_id
            AND COALESCE(COLUMNPROPERTY(c.object_id, c.[name], 'IsHidden'), 0) = 0
        )
        OR EXISTS (
        SELECT ROW_NUMBER() OVER (ORDER BY c.column_id) AS place, c.[name],
            c.user_type_id, c.max_length, c.[precision], c.scale
        FROM sys.columns AS c
        WHERE c.object_id = p.object_id
            AND COALESCE(COLUMNPROPERTY(c.object_id, c.[name], 'IsHidden'), 0) = 0
        EXCEPT
        SELECT ROW_NUMBER() OVER (ORDER BY c.column_id) AS place, c.[name],
            c.user_type_id, c.max_length, c.[precision], c.scale
        FROM sys.columns AS c
        WHERE c.object_id = r.object_id
            AND COALESCE(COLUMNPROPERTY(c.object_id, c.[name], 'IsHidden'), 0) = 0
        )
    );
