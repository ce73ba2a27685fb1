IF OBJECT_ID(N'[rewind].[event]', N'U') IS NOT NULL DROP TABLE [rewind].[event];
