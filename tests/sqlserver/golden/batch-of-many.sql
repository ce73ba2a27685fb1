SET NOCOUNT ON;
DECLARE @statements TABLE (place int NOT NULL PRIMARY KEY, text nvarchar(max) NOT NULL);
INSERT INTO @statements (place, text) VALUES
    (1, N'DROP VIEW [gold].[old];'),
    (2, N'CREATE OR ALTER VIEW [gold].[orders] AS SELECT * FROM [rewind_r2_gold].[orders];'),
    (3, CONVERT(nvarchar(max), N'CREATE OR ALTER VIEW [it''s ]]].[a "b"; -- [c]]]]\') + N'
/* 😀 ?] AS SELECT * FROM [rewind_r2_gold].[orders];'),
    (4, N'DECLARE @name nvarchar(4000) = N''[reports].[latest]'';
EXEC sys.sp_refreshsqlmodule @name = @name;');
DECLARE @place int = 0, @last int = 4, @left int;
DECLARE @statement nvarchar(max), @bounded nvarchar(400);
DECLARE @began datetime2(7) = SYSUTCDATETIME();
BEGIN TRY
    WHILE @place < @last
    BEGIN
        SET @place = @place + 1;
        SELECT @statement = text FROM @statements WHERE place = @place;
        SET @left = 500 - DATEDIFF(MILLISECOND, @began, SYSUTCDATETIME());
        SET @bounded = CONCAT(
            N'SET LOCK_TIMEOUT ', CASE WHEN @left < 0 THEN 0 ELSE @left END,
            N'; EXEC sys.sp_executesql @statement;'
        );
        EXEC sys.sp_executesql
            @bounded, N'@statement nvarchar(max)', @statement = @statement;
    END;
END TRY
BEGIN CATCH
    DECLARE @told nvarchar(2048) = CONCAT(
        N'rewind:', ERROR_NUMBER(), N':', @place, N':',
        REPLACE(LEFT(ERROR_MESSAGE(), 1900), N'%', N'%%')
    );
    IF XACT_STATE() = -1 ROLLBACK TRANSACTION;
    THROW 50000, @told, 1;
END CATCH;
