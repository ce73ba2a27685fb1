SELECT 1 FROM [rewind].[lease]
WHERE [environment] = @environment AND [fence] = @fence AND [held] = 1;
