IF OBJECT_ID(N'[rewind].[lease]', N'U') IS NULL
CREATE TABLE [rewind].[lease] (
    [environment] nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
    [person] nvarchar(max) NOT NULL,
    [host] nvarchar(max) NOT NULL,
    [pid] bigint NOT NULL,
    [started] nvarchar(max) NOT NULL,
    [operation] nvarchar(max) NOT NULL,
    [fence] bigint NOT NULL,
    [acquired_at] nvarchar(64) NOT NULL,
    [expires_at] nvarchar(64) NOT NULL,
    [held] bit NOT NULL
);
