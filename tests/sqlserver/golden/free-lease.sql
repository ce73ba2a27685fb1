UPDATE [rewind].[lease] SET [held] = 0
WHERE [environment] = @environment AND [fence] = @fence AND [held] = 1;
SELECT @@ROWCOUNT;
