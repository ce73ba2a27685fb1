SELECT
    [environment], [person], [host], [pid], [started], [operation], [fence], [acquired_at],
    [expires_at], [held]
FROM [rewind].[lease]
WHERE [environment] = @environment;
