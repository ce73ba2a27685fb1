UPDATE [rewind].[lease] SET [expires_at] = @expires_at
WHERE [environment] = @environment AND [fence] = @fence AND [held] = 1;
SELECT @@ROWCOUNT;
