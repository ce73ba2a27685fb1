ALTER TABLE [rewind_r2_gold].[orders] NOCHECK CONSTRAINT [net_is_positive];
