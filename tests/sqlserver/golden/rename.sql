DECLARE @objname nvarchar(4000) = N'[rewind_r1_gold].[orders]', @newname nvarchar(4000) = N'orders_old', @objtype nvarchar(4000) = N'OBJECT';
EXEC sys.sp_rename @objname = @objname, @newname = @newname, @objtype = @objtype;
