SELECT [environment] FROM [rewind].[event]
UNION
SELECT [environment] FROM [rewind].[lease] WHERE [held] = 1;
