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
SELECT DISTINCT
    asked.[position], e.session_id, e.login_name, e.[program_name], e.[host_name],
    CONVERT(nvarchar(19), e.last_request_start_time, 120), e.[status]
FROM asked
INNER JOIN sys.schemas AS s ON s.[name] = asked.[schema]
INNER JOIN sys.objects AS o ON o.schema_id = s.schema_id AND o.[name] = asked.[name]
INNER JOIN sys.dm_tran_locks AS l
    ON l.resource_type = N'OBJECT' AND l.resource_database_id = DB_ID()
    AND l.resource_associated_entity_id = o.object_id AND l.request_status = N'GRANT'
INNER JOIN sys.dm_exec_sessions AS e ON e.session_id = l.request_session_id
WHERE l.request_session_id <> @@SPID
ORDER BY asked.[position], e.session_id;
