DECLARE @statement nvarchar(max) = N'SELECT
    [environment], [sequence], [at], [kind], [version], [payload], [previous_hash], [hash]
FROM [rewind].[event]
WHERE [environment] = @environment AND [sequence] > @sequence
ORDER BY [sequence];';
DECLARE @environment nvarchar(max) = ?, @sequence bigint = ?;
BEGIN TRY
    EXEC sys.sp_executesql @statement, N'@environment nvarchar(max), @sequence bigint', @environment = @environment, @sequence = @sequence;
END TRY
BEGIN CATCH
    DECLARE @told nvarchar(2048) = CONCAT(
        N'rewind:', ERROR_NUMBER(), N':', 0, N':',
        REPLACE(LEFT(ERROR_MESSAGE(), 1900), N'%', N'%%')
    );
    IF XACT_STATE() = -1 ROLLBACK TRANSACTION;
    THROW 50000, @told, 1;
END CATCH;
