IF OBJECT_ID(N'[rewind].[lease]', N'U') IS NOT NULL DROP TABLE [rewind].[lease];
