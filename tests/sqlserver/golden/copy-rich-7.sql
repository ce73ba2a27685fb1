CREATE NONCLUSTERED COLUMNSTORE INDEX [columns] ON [rewind_r2_gold].[orders] ([id], [net]);
