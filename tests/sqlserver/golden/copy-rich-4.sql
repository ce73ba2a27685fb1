IF EXISTS (SELECT 1 FROM [rewind_r2_gold].[orders])
    DBCC CHECKIDENT (N'[rewind_r2_gold].[orders]', RESEED, 110) WITH NO_INFOMSGS;
ELSE
    DBCC CHECKIDENT (N'[rewind_r2_gold].[orders]', RESEED, 115) WITH NO_INFOMSGS;
