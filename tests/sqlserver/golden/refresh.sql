DECLARE @name nvarchar(4000) = N'[reports].[latest orders]';
EXEC sys.sp_refreshsqlmodule @name = @name;
