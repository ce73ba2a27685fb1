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
    asked.[position], c.[name], p.[permission_name], g.[name], p.[state]
FROM asked
INNER JOIN sys.schemas AS s ON s.[name] = asked.[schema]
INNER JOIN sys.objects AS o ON o.schema_id = s.schema_id AND o.[name] = asked.[name]
INNER JOIN sys.database_permissions AS p ON p.class = 1 AND p.major_id = o.object_id
INNER JOIN sys.database_principals AS g ON g.principal_id = p.grantee_principal_id
LEFT JOIN sys.columns AS c ON c.object_id = p.major_id AND c.column_id = p.minor_id
WHERE (p.minor_id = 0 OR c.column_id IS NOT NULL)
    AND g.principal_id <> DATABASE_PRINCIPAL_ID()
ORDER BY asked.[position], g.[name], p.[permission_name], p.minor_id;
