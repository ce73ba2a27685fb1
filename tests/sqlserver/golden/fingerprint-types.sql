SELECT
    COUNT_BIG(*),
    SUM(CONVERT(decimal(38, 0), CONVERT(bigint, SUBSTRING(hashed.[hash], 1, 8)))),
    SUM(CONVERT(decimal(38, 0), CONVERT(bigint, SUBSTRING(hashed.[hash], 9, 8)))),
    SUM(CONVERT(decimal(38, 0), CONVERT(bigint, SUBSTRING(hashed.[hash], 17, 8)))),
    SUM(CONVERT(decimal(38, 0), CONVERT(bigint, SUBSTRING(hashed.[hash], 25, 8)))),
    COUNT_BIG(CASE WHEN r.[0 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[1 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[2 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[3 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[4 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[5 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[6 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[7 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[8 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[9 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[10 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[11 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[12 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[13 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[14 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[15 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[16 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[17 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[18 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[19 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[20 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[21 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[22 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[23 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[24 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[25 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[26 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[27 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[28 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[29 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[30 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[31 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[32 ]]] IS NOT NULL THEN 1 END),
    COUNT_BIG(CASE WHEN r.[33 ]]] IS NOT NULL THEN 1 END),
    CONVERT(nvarchar(64), SUM(CONVERT(float, r.[f])), 3),
    CONVERT(nvarchar(64), SUM(CONVERT(decimal(38, 4), r.[m]))),
    CONVERT(nvarchar(64), SUM(CONVERT(decimal(38, 0), r.[n])))
FROM [it's ]]].[a "b"; -- [c]]]]\
/* 😀 ?] AS r
CROSS APPLY (
    SELECT HASHBYTES('SHA2_256',
            CASE WHEN r.[0 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[0 ]]])))) + CONVERT(varbinary(max), r.[0 ]]]) END
            + CASE WHEN r.[1 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[1 ]]])))) + CONVERT(varbinary(max), r.[1 ]]]) END
            + CASE WHEN r.[2 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[2 ]]])))) + CONVERT(varbinary(max), r.[2 ]]]) END
            + CASE WHEN r.[3 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[3 ]]])))) + CONVERT(varbinary(max), r.[3 ]]]) END
            + CASE WHEN r.[4 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[4 ]]])))) + CONVERT(varbinary(max), r.[4 ]]]) END
            + CASE WHEN r.[5 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[5 ]]])))) + CONVERT(varbinary(max), r.[5 ]]]) END
            + CASE WHEN r.[6 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[6 ]]])))) + CONVERT(varbinary(max), r.[6 ]]]) END
            + CASE WHEN r.[7 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[7 ]]])))) + CONVERT(varbinary(max), r.[7 ]]]) END
            + CASE WHEN r.[8 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[8 ]]])))) + CONVERT(varbinary(max), r.[8 ]]]) END
            + CASE WHEN r.[9 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[9 ]]])))) + CONVERT(varbinary(max), r.[9 ]]]) END
            + CASE WHEN r.[10 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[10 ]]])))) + CONVERT(varbinary(max), r.[10 ]]]) END
            + CASE WHEN r.[11 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[11 ]]])))) + CONVERT(varbinary(max), r.[11 ]]]) END
            + CASE WHEN r.[12 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), CONVERT(varbinary(max), r.[12 ]]]))))) + CONVERT(varbinary(max), CONVERT(varbinary(max), r.[12 ]]])) END
            + CASE WHEN r.[13 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[13 ]]])))) + CONVERT(varbinary(max), r.[13 ]]]) END
            + CASE WHEN r.[14 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[14 ]]])))) + CONVERT(varbinary(max), r.[14 ]]]) END
            + CASE WHEN r.[15 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[15 ]]])))) + CONVERT(varbinary(max), r.[15 ]]]) END
            + CASE WHEN r.[16 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), CONVERT(nvarchar(max), r.[16 ]]]))))) + CONVERT(varbinary(max), CONVERT(nvarchar(max), r.[16 ]]])) END
            + CASE WHEN r.[17 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[17 ]]])))) + CONVERT(varbinary(max), r.[17 ]]]) END
            + CASE WHEN r.[18 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[18 ]]])))) + CONVERT(varbinary(max), r.[18 ]]]) END
            + CASE WHEN r.[19 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[19 ]]])))) + CONVERT(varbinary(max), r.[19 ]]]) END
            + CASE WHEN r.[20 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[20 ]]])))) + CONVERT(varbinary(max), r.[20 ]]]) END
            + CASE WHEN r.[21 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[21 ]]])))) + CONVERT(varbinary(max), r.[21 ]]]) END
            + CASE WHEN r.[22 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[22 ]]])))) + CONVERT(varbinary(max), r.[22 ]]]) END
            + CASE WHEN r.[23 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH((CONVERT(varbinary(max), CONVERT(nchar(128), CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY(r.[23 ]]], 'BaseType')))) + CONVERT(varbinary(max), r.[23 ]]]))))) + (CONVERT(varbinary(max), CONVERT(nchar(128), CONVERT(nvarchar(128), SQL_VARIANT_PROPERTY(r.[23 ]]], 'BaseType')))) + CONVERT(varbinary(max), r.[23 ]]])) END
            + CASE WHEN r.[24 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[24 ]]])))) + CONVERT(varbinary(max), r.[24 ]]]) END
            + CASE WHEN r.[25 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), CONVERT(varchar(max), r.[25 ]]]))))) + CONVERT(varbinary(max), CONVERT(varchar(max), r.[25 ]]])) END
            + CASE WHEN r.[26 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[26 ]]])))) + CONVERT(varbinary(max), r.[26 ]]]) END
            + CASE WHEN r.[27 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[27 ]]])))) + CONVERT(varbinary(max), r.[27 ]]]) END
            + CASE WHEN r.[28 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[28 ]]])))) + CONVERT(varbinary(max), r.[28 ]]]) END
            + CASE WHEN r.[29 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[29 ]]])))) + CONVERT(varbinary(max), r.[29 ]]]) END
            + CASE WHEN r.[30 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[30 ]]])))) + CONVERT(varbinary(max), r.[30 ]]]) END
            + CASE WHEN r.[31 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[31 ]]])))) + CONVERT(varbinary(max), r.[31 ]]]) END
            + CASE WHEN r.[32 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[32 ]]])))) + CONVERT(varbinary(max), r.[32 ]]]) END
            + CASE WHEN r.[33 ]]] IS NULL THEN CONVERT(varbinary(max), 0x00) ELSE CONVERT(varbinary(max), 0x01) + CONVERT(binary(8), CONVERT(bigint, DATALENGTH(CONVERT(varbinary(max), r.[33 ]]])))) + CONVERT(varbinary(max), r.[33 ]]]) END
        ) AS [hash]
) AS hashed;
