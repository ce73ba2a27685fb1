SELECT COUNT_BIG(*) FROM [gold].[orders];
