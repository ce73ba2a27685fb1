SELECT
    COUNT_BIG(*),
    SUM(CONVERT(decimal(38, 0), CONVERT(bigint, SUBSTRING(hashed.[hash], 1, 8)))),
    SUM(CONVERT(decimal(38, 0), CONVERT(bigint, SUBSTRING(hashed.[hash], 9, 8)))),
    SUM(CONVERT(decimal(38, 0), CONVERT(bigint, SUBSTRING(hashed.[hash], 17, 8)))),
    SUM(CONVERT(decimal(38, 0), CONVERT(bigint, SUBSTRING(hashed.[hash], 25, 8)))),
    COUNT_BIG(CASE WHEN r.[id] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[label] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[net] IS NOT NULL THEN 1 END),
    CONVERT(nvarchar(64), SUM(CONVERT(decimal(38, 0), r.[id]))),
    CONVERT(nvarchar(64), SUM(CONVERT(decimal(38, 2), r.[net])))
FROM [gold].[orders] AS r
CROSS APPLY (
    SELECT HASHBYTES('SHA2_256',
            CASE WHEN r.[id] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[id])))) + CONVERT(varbinary(max), r.[id]) END
            + CASE WHEN r.[label] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[label])))) + CONVERT(varbinary(max), r.[label]) END
            + CASE WHEN r.[net] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[net])))) + CONVERT(varbinary(max), r.[net]) END
        ) AS [hash]
) AS hashed;
