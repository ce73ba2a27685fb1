SET IDENTITY_INSERT [rewind_r2_gold].[orders] ON;
INSERT INTO [rewind_r2_gold].[orders] WITH (TABLOCK) ([id], [a b], [net], [tax], [key])
SELECT [id], [a b], [net], [tax], [key] FROM [rewind_r1_gold].[orders];
SET IDENTITY_INSERT [rewind_r2_gold].[orders] OFF;
