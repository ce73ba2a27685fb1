IF OBJECT_ID(N'[rewind].[event]', N'U') IS NULL
CREATE TABLE [rewind].[event] (
    [environment] nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [sequence] bigint NOT NULL,
    [at] nvarchar(64) NOT NULL,
    [kind] nvarchar(64) NOT NULL,
    [version] int NOT NULL,
    [payload] varchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [previous_hash] varchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [hash] varchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY ([environment], [sequence]),
    UNIQUE ([environment], [previous_hash])
);
