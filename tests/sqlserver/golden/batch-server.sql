DECLARE @statement nvarchar(max) = N'SELECT
    CONVERT(nvarchar(128), SERVERPROPERTY(N''ServerName'')),
    DB_NAME(),
    SCHEMA_NAME(),
    CONVERT(nvarchar(128), SERVERPROPERTY(N''ProductVersion'')),
    CONVERT(nvarchar(128), DATABASEPROPERTYEX(DB_NAME(), N''Collation'')),
    CONVERT(int, SERVERPROPERTY(N''EngineEdition'')),
    CONVERT(int, SERVERPROPERTY(N''Babelfish''));';
BEGIN TRY
    EXEC sys.sp_executesql @statement;
END TRY
BEGIN CATCH
    DECLARE @told nvarchar(2048) = CONCAT(
        N'rewind:', ERROR_NUMBER(), N':', 0, N':',
        REPLACE(LEFT(ERROR_MESSAGE(), 1900), N'%', N'%%')
    );
    IF XACT_STATE() = -1 ROLLBACK TRANSACTION;
    THROW 50000, @told, 1;
END CATCH;
