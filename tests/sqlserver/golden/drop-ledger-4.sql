IF OBJECT_ID(N'[rewind].[ledger]', N'U') IS NOT NULL DROP TABLE [rewind].[ledger];
