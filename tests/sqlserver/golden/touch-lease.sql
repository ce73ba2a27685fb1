UPDATE [rewind].[lease] SET [held] = 1
WHERE [environment] = @environment AND [fence] = @fence AND [held] = 1;
SELECT @@ROWCOUNT;
