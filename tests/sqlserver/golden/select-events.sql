SELECT
    [environment], [sequence], [at], [kind], [version], [payload], [previous_hash], [hash]
FROM [rewind].[event]
WHERE [environment] = @environment AND [sequence] > @sequence
ORDER BY [sequence];
