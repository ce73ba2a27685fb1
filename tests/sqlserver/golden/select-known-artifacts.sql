SELECT [digest] FROM [rewind].[artifact]
WHERE CHARINDEX(CONVERT(nvarchar(64), [digest]), @digests) > 0;
