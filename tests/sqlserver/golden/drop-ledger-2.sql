IF OBJECT_ID(N'[rewind].[artifact]', N'U') IS NOT NULL DROP TABLE [rewind].[artifact];
