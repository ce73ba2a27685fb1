ALTER TABLE [rewind_r2_gold].[orders] ADD UNIQUE NONCLUSTERED ([a b] DESC);
