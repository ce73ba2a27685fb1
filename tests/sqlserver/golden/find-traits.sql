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
    asked.[position],
    COALESCE(CONVERT(int, OBJECTPROPERTYEX(o.object_id, 'TableTemporalType')), 0),
    COALESCE(CONVERT(int, OBJECTPROPERTYEX(o.object_id, 'TableIsMemoryOptimized')), 0),
    COALESCE(CONVERT(int, OBJECTPROPERTYEX(o.object_id, 'TableIsExternal')), 0)
FROM asked
INNER JOIN sys.schemas AS s ON s.[name] = asked.[schema]
INNER JOIN sys.objects AS o
    ON o.schema_id = s.schema_id AND o.[name] = asked.[name] AND o.[type] = 'U';
