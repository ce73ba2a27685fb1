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
INNER JOIN sys.schemas AS s ON s.[name] = asked.[schema]
INNER JOIN sys.objects AS o
    ON o.schema_id = s.schema_id AND o.[name] = asked.[name] AND o.[type] = 'U'
INNER JOIN sys.indexes AS i ON i.object_id = o.object_id
LEFT JOIN sys.key_constraints AS kc
    ON kc.parent_object_id = i.object_id AND kc.unique_index_id = i.index_id
LEFT JOIN sys.data_spaces AS ds ON ds.data_space_id = i.data_space_id
WHERE i.is_hypothetical = 0
ORDER BY i.index_id;
