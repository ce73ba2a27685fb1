WITH asked AS (
    SELECT
        places.[position],
        CONVERT(nvarchar(128), SUBSTRING(@names, places.[position] * 512 + 1, 256))
            COLLATE CATALOG_DEFAULT AS [schema],
        CONVERT(nvarchar(128), SUBSTRING(
            @names, places.[position] * 512 + 257, 256
        )) COLLATE CATALOG_DEFAULT AS [name]
    FROM (
        SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS [position]
        FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS a (n)
        CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS b (n)
        CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS c (n)
        CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS d (n)
        CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS e (n)
    ) AS places
    WHERE places.[position] < DATALENGTH(@names) / 512
)
SELECT
    asked.[position], c.[name], t.[name], CASE WHEN t.is_user_defined = 1 THEN ts.[name] END,
    c.max_length, c.[precision], c.scale,
    CASE WHEN t.is_user_defined = 0 THEN c.[collation_name] END,
    c.is_nullable, CONVERT(decimal(38, 0), ic.seed_value),
    CONVERT(decimal(38, 0), ic.increment_value), CONVERT(decimal(38, 0), ic.last_value),
    c.is_rowguidcol, c.is_sparse,
    cc.[definition], cc.is_persisted, dc.[name], dc.is_system_named, dc.[definition]
FROM asked
INNER JOIN sys.schemas AS s ON s.[name] = asked.[schema]
INNER JOIN sys.objects AS o
    ON o.schema_id = s.schema_id AND o.[name] = asked.[name] AND o.[type] = 'U'
INNER JOIN sys.columns AS c ON c.object_id = o.object_id
INNER JOIN sys.types AS t ON t.user_type_id = c.user_type_id
INNER JOIN sys.schemas AS ts ON ts.schema_id = t.schema_id
LEFT JOIN sys.computed_columns AS cc
    ON cc.object_id = c.object_id AND cc.column_id = c.column_id
LEFT JOIN sys.identity_columns AS ic
    ON ic.object_id = c.object_id AND ic.column_id = c.column_id
LEFT JOIN sys.default_constraints AS dc
    ON dc.parent_object_id = c.object_id AND dc.parent_column_id = c.column_id
ORDER BY c.column_id;
