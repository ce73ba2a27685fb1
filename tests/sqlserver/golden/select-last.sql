SELECT TOP (1) [sequence], [hash] FROM [rewind].[event]
WHERE [environment] = @environment
ORDER BY [sequence] DESC;
