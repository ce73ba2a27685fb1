INSERT INTO [rewind_r2_gold].[orders] WITH (TABLOCK) ([id], [label])
SELECT [id], [label] FROM [rewind_r1_gold].[orders];
