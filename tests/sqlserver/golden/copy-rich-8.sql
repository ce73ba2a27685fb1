ALTER INDEX [ix net] ON [rewind_r2_gold].[orders] DISABLE;
