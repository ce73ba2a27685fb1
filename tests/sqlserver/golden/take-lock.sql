DECLARE @result int;
EXEC @result = sys.sp_getapplock
    @Resource = @resource, @LockMode = N'Exclusive', @LockOwner = N'Transaction',
    @LockTimeout = @milliseconds;
SELECT @result;
