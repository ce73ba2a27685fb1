CREATE TABLE [rewind_r2_gold].[orders] (
    [id] int NOT NULL,
    [label] nvarchar(50) NULL
);
