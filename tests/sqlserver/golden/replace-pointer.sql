CREATE OR ALTER VIEW [gold].[orders] AS SELECT * FROM [rewind_r2_gold].[orders];
