DROP TABLE [rewind_r1_gold].[orders];
