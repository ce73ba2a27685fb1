ALTER TABLE [rewind_r2_gold].[orders] WITH NOCHECK ADD CONSTRAINT [net_is_positive] CHECK ([net]>=(0));
