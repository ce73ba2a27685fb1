INSERT INTO [rewind].[lease] (
    [environment], [person], [host], [pid], [started], [operation], [fence], [acquired_at],
    [expires_at], [held]
) VALUES (
    @environment, @person, @host, @pid, @started, @operation, @fence, @acquired_at,
    @expires_at, 1
);
