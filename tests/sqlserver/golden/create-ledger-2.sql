IF OBJECT_ID(N'[rewind].[artifact]', N'U') IS NULL
CREATE TABLE [rewind].[artifact] (
    [digest] varchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
    [content] varbinary(max) NOT NULL
);
