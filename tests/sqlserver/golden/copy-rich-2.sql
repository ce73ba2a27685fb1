ALTER TABLE [rewind_r2_gold].[orders] ADD CONSTRAINT [pk_orders] PRIMARY KEY CLUSTERED ([id])
WITH (DATA_COMPRESSION = PAGE, FILLFACTOR = 90)
ON [by month] ([id]);
