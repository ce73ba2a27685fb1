ALTER TABLE [rewind_r2_gold].[orders] WITH CHECK ADD CHECK ([tax]<[net]);
