IF OBJECT_ID(N'[rewind].[ledger]', N'U') IS NULL
CREATE TABLE [rewind].[ledger] (
    [only_row] bit NOT NULL PRIMARY KEY DEFAULT 1 CHECK ([only_row] = 1),
    [version] int NOT NULL
);
