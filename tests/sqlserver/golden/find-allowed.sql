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
    asked.[position], s.[name], o.[name], USER_NAME(),
    HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), N'DATABASE', N'CREATE SCHEMA'),
    HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), N'DATABASE', N'CREATE TABLE'),
    HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), N'DATABASE', N'CREATE VIEW'),
    HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), N'DATABASE', N'VIEW DEFINITION'),
    HAS_PERMS_BY_NAME(N'sys.sql_expression_dependencies', N'OBJECT', N'SELECT'),
    HAS_PERMS_BY_NAME(QUOTENAME(s.[name]), N'SCHEMA', N'ALTER'),
    HAS_PERMS_BY_NAME(QUOTENAME(s.[name]) + N'.' + QUOTENAME(o.[name]), N'OBJECT', N'ALTER'),
    HAS_PERMS_BY_NAME(QUOTENAME(s.[name]) + N'.' + QUOTENAME(o.[name]), N'OBJECT', N'CONTROL'),
    HAS_PERMS_BY_NAME(QUOTENAME(s.[name]) + N'.' + QUOTENAME(o.[name]), N'OBJECT', N'SELECT')
FROM asked
LEFT JOIN sys.schemas AS s ON s.[name] = asked.[schema]
LEFT JOIN sys.objects AS o ON o.schema_id = s.schema_id AND o.[name] = asked.[name];
