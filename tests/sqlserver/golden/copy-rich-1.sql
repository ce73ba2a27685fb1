CREATE TABLE [rewind_r2_gold].[orders] (
    [id] bigint IDENTITY (10, 5) NOT NULL,
    [a b] nvarchar(50) COLLATE Latin1_General_BIN2 NULL,
    [net] decimal(18,2) NOT NULL CONSTRAINT [d] DEFAULT ((0)),
    [tax] decimal(18,2) SPARSE NULL,
    [gross] AS ([net]+[tax]) PERSISTED,
    [half] AS ([net]/(2)),
    [key] uniqueidentifier ROWGUIDCOL NULL DEFAULT (newid()),
    [version] timestamp NOT NULL
);
