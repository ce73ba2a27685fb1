UPDATE [rewind].[lease] SET
    [person] = @person, [host] = @host, [pid] = @pid, [started] = @started,
    [operation] = @operation, [fence] = @fence, [acquired_at] = @acquired_at,
    [expires_at] = @expires_at, [held] = 1
WHERE [environment] = @environment;
