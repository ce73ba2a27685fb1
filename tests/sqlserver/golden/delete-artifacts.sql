DELETE a FROM [rewind].[artifact] AS a
WHERE CHARINDEX(CONVERT(nvarchar(64), a.[digest]), @digests) > 0
    AND NOT EXISTS (
        SELECT 1 FROM [rewind].[event] AS e
        WHERE e.[environment] <> @environment AND CHARINDEX(a.[digest], e.[payload]) > 0
    );
